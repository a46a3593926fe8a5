package io.autoserve.access;

import io.autoserve.model.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Limits the writes of each token: a number at once, then a number per second. Admins have no
 * limit. They must be able to act while others flood the API, and a limit would protect nothing
 * from them, since they can create tokens.
 *
 * <p>Each controller counts for itself. The load balancer sends all requests to one controller as
 * long as it can.
 */
public final class WriteRate {
    private static final int TOKENS = 10_000;

    private final int atOnce;
    private final Duration perWrite;

    /**
     * The time at which each token may again do all writes at once, by the id of the token. The
     * token with the latest write comes last.
     */
    private final Map<String, Instant> clearAt = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param perSecond writes that a token may do each second in the long run
     * @param atOnce writes that a token may do at once after a pause
     */
    public WriteRate(int perSecond, int atOnce) {
        this.atOnce = atOnce;
        this.perWrite = Duration.ofSeconds(1).dividedBy(perSecond);
    }

    /** Creates the standard limit, which only a runaway script or an attack reaches. */
    public static WriteRate standard() {
        return new WriteRate(10, 50);
    }

    /**
     * Counts a write.
     *
     * @return how long the caller must wait before it may write; empty if it may write now. A write
     *     that must wait is not counted
     */
    public Optional<Duration> count(Caller caller, Instant now) {
        var token = limited(caller);
        if (token == null) {
            return Optional.empty();
        }
        var before = clearAt.getOrDefault(token, now);
        var after = (before.isBefore(now) ? now : before).plus(perWrite);
        var wait = Duration.between(now, after).minus(perWrite.multipliedBy(atOnce));
        if (wait.isPositive()) {
            return Optional.of(wait);
        }
        clearAt.put(token, after);
        if (clearAt.size() > TOKENS) {
            clearAt.remove(clearAt.keySet().iterator().next());
        }
        return Optional.empty();
    }

    private static @Nullable String limited(Caller caller) {
        return caller.role() == Role.ADMIN ? null : caller.token();
    }
}
