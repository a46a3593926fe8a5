package io.autoserve.api;

import io.autoserve.access.Caller;
import io.autoserve.api.StreamLimit.StreamTurn;
import io.autoserve.model.Role;
import io.autoserve.model.StreamKind;
import io.autoserve.platform.Platform;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Counts the streams that are open on this server, and refuses those that {@link StreamLimit} does
 * not allow. A stream takes its place here before it sends anything, and gives it back when it
 * ends, for whatever reason. Methods may be called from any thread.
 */
final class OpenStreams {
    private final StreamLimit limit;
    private final Platform platform;
    private final Map<StreamKind, Integer> open = new EnumMap<>(StreamKind.class);
    private final Map<StreamKind, Long> refused = new EnumMap<>(StreamKind.class);
    private final Map<String, Integer> byToken = new HashMap<>();

    OpenStreams(StreamLimit limit, Platform platform) {
        this.limit = limit;
        this.platform = platform;
    }

    /**
     * Opens a stream, or throws {@link Rejection.TooManyStreams}. If {@code opening} throws, the
     * stream's place is free again.
     *
     * @param opening opens the stream. It gets the action that gives the place back. The stream
     *     must run the action when it ends, and may run it more than once
     */
    void admit(Call call, StreamKind kind, Consumer<Runnable> opening) {
        var place = take(kind, call.caller());
        try {
            opening.accept(place);
        } catch (RuntimeException failed) {
            place.run();
            throw failed;
        }
    }

    synchronized int count() {
        return open.values().stream().mapToInt(Integer::intValue).sum();
    }

    synchronized int count(StreamKind kind) {
        return open.getOrDefault(kind, 0);
    }

    /** Returns how many streams of this kind were refused since the server started. */
    synchronized long refused(StreamKind kind) {
        return refused.getOrDefault(kind, 0L);
    }

    /** Returns how many connections to containers the caller must leave to admins. */
    static int kept(Caller caller) {
        return StreamLimit.kept(admin(caller));
    }

    private static boolean admin(Caller caller) {
        return caller.role() == Role.ADMIN;
    }

    private synchronized Runnable take(StreamKind kind, Caller caller) {
        var token = caller.token();
        var ofToken = token == null ? 0 : byToken.getOrDefault(token, 0);
        var free = platform.attachments().free();
        var turn = limit.arrival(admin(caller), kind, ofToken, count(), free);
        if (turn != StreamTurn.OPEN) {
            refused.merge(kind, 1L, Long::sum);
            throw new Rejection.TooManyStreams(reason(turn, caller));
        }
        open.merge(kind, 1, Integer::sum);
        if (token != null) {
            byToken.merge(token, 1, Integer::sum);
        }
        var given = new AtomicBoolean();
        return () -> {
            if (given.compareAndSet(false, true)) {
                giveBack(kind, token);
            }
        };
    }

    private synchronized void giveBack(StreamKind kind, @Nullable String token) {
        open.merge(kind, -1, Integer::sum);
        if (token != null) {
            byToken.computeIfPresent(token, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    private String reason(StreamTurn turn, Caller caller) {
        return switch (turn) {
            case TOKEN_FULL ->
                    "the token '%s' has reached its limit of %d open streams (events, logs, exec, port-forward) on this controller"
                            .formatted(caller.name(), limit.perToken());
            case CONTROLLER_FULL ->
                    "this controller has %d of %d streams (events, logs, exec, port-forward) open, and keeps %d for admins"
                            .formatted(count(), limit.total(), limit.reserve());
            case CONTAINERS_FULL ->
                    "this controller has %d connections to containers left (for logs, exec, port-forward), and keeps %d for admins"
                            .formatted(
                                    platform.attachments().free(),
                                    StreamLimit.CONTAINERS_FOR_ADMINS);
            case OPEN -> throw new IllegalArgumentException("an open stream has no reason");
        };
    }
}
