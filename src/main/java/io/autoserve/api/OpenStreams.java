package io.autoserve.api;

import io.autoserve.access.Caller;
import io.autoserve.api.StreamLimit.StreamTurn;
import io.autoserve.model.Role;
import io.autoserve.model.StreamKind;
import io.autoserve.platform.Platform;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Counts the streams that are open on this server and their connections to containers, and refuses
 * those that {@link StreamLimit} does not allow. A stream takes its place here before it sends
 * anything, and gives it back when it ends, for whatever reason. Methods may be called from any
 * thread.
 */
final class OpenStreams {
    private final StreamLimit limit;
    private final Platform platform;
    private final Map<StreamKind, Integer> open = new EnumMap<>(StreamKind.class);
    private final Map<StreamKind, Long> refused = new EnumMap<>(StreamKind.class);
    private final Map<String, Integer> byToken = new HashMap<>();
    private final Map<String, Integer> connectionsByToken = new HashMap<>();

    OpenStreams(StreamLimit limit, Platform platform) {
        this.limit = limit;
        this.platform = platform;
    }

    /**
     * Opens a stream, or throws {@link Rejection.TooManyStreams}. If {@code opening} throws, the
     * stream's place is free again.
     *
     * @param opening opens the stream. It gets the stream's place, which the stream must give back
     *     when it ends
     */
    void admit(Call call, StreamKind kind, Consumer<Place> opening) {
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

    /**
     * The place of one open stream. It holds the connections to containers that the stream has: one
     * for a session in a container, and one for each instance whose logs the stream follows.
     */
    final class Place implements Runnable {
        private final StreamKind kind;
        private final Caller caller;
        private int connections;
        private boolean givenBack;

        private Place(StreamKind kind, Caller caller) {
            this.kind = kind;
            this.caller = caller;
        }

        /** Returns how many connections to containers the stream must leave to admins. */
        int kept() {
            return StreamLimit.kept(admin(caller));
        }

        /**
         * Takes connections to containers, or throws {@link Rejection.TooManyStreams} if the share
         * of the caller's token does not hold all of them.
         */
        void connect(int containers) {
            synchronized (OpenStreams.this) {
                if (!limit.holds(connections(caller), containers)) {
                    throw refusal(kind, shareReason(caller, containers));
                }
                hold(containers);
            }
        }

        /** Takes one connection to a container. Returns whether the token's share holds it. */
        boolean tryConnect() {
            synchronized (OpenStreams.this) {
                if (givenBack || !limit.holds(connections(caller), 1)) {
                    return false;
                }
                hold(1);
                return true;
            }
        }

        /** Gives one of the connections back. */
        void disconnect() {
            synchronized (OpenStreams.this) {
                if (connections > 0) {
                    hold(-1);
                }
            }
        }

        /** Gives the place and all its connections back. May be called more than once. */
        @Override
        public void run() {
            synchronized (OpenStreams.this) {
                if (!givenBack) {
                    hold(-connections);
                    givenBack = true;
                    open.merge(kind, -1, Integer::sum);
                    add(byToken, caller, -1);
                }
            }
        }

        private void hold(int more) {
            if (!givenBack) {
                connections += more;
                add(connectionsByToken, caller, more);
            }
        }
    }

    private static boolean admin(Caller caller) {
        return caller.role() == Role.ADMIN;
    }

    private synchronized Place take(StreamKind kind, Caller caller) {
        var ofToken = of(byToken, caller);
        var free = platform.attachments().free();
        var turn = limit.arrival(admin(caller), kind, ofToken, connections(caller), count(), free);
        if (turn != StreamTurn.OPEN) {
            throw refusal(kind, reason(turn, caller));
        }
        open.merge(kind, 1, Integer::sum);
        add(byToken, caller, 1);
        var place = new Place(kind, caller);
        if (kind == StreamKind.EXEC || kind == StreamKind.FORWARD) {
            place.hold(1);
        }
        return place;
    }

    private int connections(Caller caller) {
        return of(connectionsByToken, caller);
    }

    private static int of(Map<String, Integer> counts, Caller caller) {
        var token = caller.token();
        return token == null ? 0 : counts.getOrDefault(token, 0);
    }

    private static void add(Map<String, Integer> counts, Caller caller, int more) {
        var token = caller.token();
        if (token != null) {
            var count = counts.getOrDefault(token, 0) + more;
            if (count == 0) {
                counts.remove(token);
            } else {
                counts.put(token, count);
            }
        }
    }

    private Rejection.TooManyStreams refusal(StreamKind kind, String reason) {
        refused.merge(kind, 1L, Long::sum);
        return new Rejection.TooManyStreams(reason);
    }

    private String shareReason(Caller caller, int more) {
        return "the token '%s' has %d of its %d connections to containers on this controller, and needs %d more (one for each exec, port-forward and instance whose logs are followed)"
                .formatted(caller.name(), connections(caller), limit.containersPerToken(), more);
    }

    private String reason(StreamTurn turn, Caller caller) {
        return switch (turn) {
            case TOKEN_FULL ->
                    "the token '%s' has reached its limit of %d open streams (events, logs, exec, port-forward) on this controller"
                            .formatted(caller.name(), limit.perToken());
            case TOKEN_CONTAINERS_FULL -> shareReason(caller, 1);
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
