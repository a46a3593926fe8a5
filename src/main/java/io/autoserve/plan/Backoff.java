package io.autoserve.plan;

import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;

/**
 * When a slot may try again: the first time at once, then after 1 s, doubling up to 5 min; 10 min
 * of health forgive. The bounds are Kubernetes' for its {@code CrashLoopBackOff}, with a faster
 * first step.
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(10);

    private Backoff() {}

    /** Failures in a row, this one included. */
    static int failures(Instance instance, Instant now) {
        var since = instance.readySince();
        var forgiven = since != null && !since.plus(FORGIVEN_AFTER).isAfter(now);
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
