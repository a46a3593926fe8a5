package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;

/**
 * Decides when a slot may try again after a failure. The first replacement starts at once, the next
 * after 1 s, doubling up to 5 min. Kubernetes' {@code CrashLoopBackOff} does the same, starting at
 * 10 s.
 *
 * <p>Once an instance has served for 10 s, its next failure counts as the first one again. Docker's
 * restart policies have the same rule ("runs for at least 10 seconds"). Without it, failures that
 * are minutes apart would add up until no instance is left to serve. During a rollout the instance
 * must have served for 10 min, as in Kubernetes, because failures in a row decide whether the
 * rollout fails.
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofSeconds(10);
    private static final Duration ON_TRIAL = Duration.ofMinutes(10);

    private Backoff() {}

    /** Returns the number of failures in a row, including this one. */
    static int failures(App app, Instance instance, Instant now) {
        var since = instance.readySince();
        var enough = app.rollout() == null ? FORGIVEN_AFTER : ON_TRIAL;
        var forgiven = since != null && !since.plus(enough).isAfter(now);
        return forgiven ? 1 : instance.failures() + 1;
    }

    static Instant retryAt(int failures, Instant now) {
        return now.plus(pause(failures));
    }

    private static Duration pause(int failures) {
        if (failures <= 1) {
            return Duration.ZERO;
        }
        var doublings = Math.min(failures - 2, 20);
        var pause = FIRST.multipliedBy(1L << doublings);
        return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
    }
}
