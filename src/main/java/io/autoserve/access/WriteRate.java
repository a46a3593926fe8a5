package io.autoserve.access;

import io.autoserve.model.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Limits the writes of each token: a number at once, then a number per second. A hook may deploy
 * five times at once, then once every ten seconds. Admins have no limit. They must be able to act
 * while others flood the API, and a limit would protect nothing from them, since they can create
 * tokens.
 *
 * <p>Each controller counts for itself. The load balancer sends all requests to one controller as
 * long as it can.
 */
public final class WriteRate {
    /** A hook reports builds, and no project has a build every ten seconds for long. */
    private static final Duration BETWEEN_DEPLOYS = Duration.ofSeconds(10);

    private static final int DEPLOYS_AT_ONCE = 5;

    private final Burst burst;
    private final Burst hooks = new Burst(DEPLOYS_AT_ONCE, BETWEEN_DEPLOYS);

    /**
     * @param perSecond writes that a token may do each second in the long run
     * @param atOnce writes that a token may do at once after a pause
     */
    public WriteRate(int perSecond, int atOnce) {
        burst = new Burst(atOnce, Duration.ofSeconds(1).dividedBy(perSecond));
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
        var token = caller.role() == Role.ADMIN ? null : caller.token();
        return token == null ? Optional.empty() : burst.count(token, now);
    }

    /**
     * Counts a deploy that a hook asks for. Reports that need no deploy do not count, because a
     * registry sends one for each part of an image for several platforms.
     *
     * @return how long the hook must wait, as for {@link #count}
     */
    public Optional<Duration> countDeploy(Caller caller, Instant now) {
        var hook = caller.role() == Role.HOOK ? caller.token() : null;
        return hook == null ? Optional.empty() : hooks.count(hook, now);
    }
}
