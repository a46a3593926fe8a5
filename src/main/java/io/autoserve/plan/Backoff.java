package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;

/**
 * When a slot may try again: the first time at once, then after 1 s, doubling up to 5 min, as
 * Kubernetes' {@code CrashLoopBackOff} does from 10 s on.
 *
 * <p>What has served for 10 s is no such loop: its next failure is a first one, as with the restart
 * policies of Docker ("runs for at least 10 seconds"). Without that, deaths that are minutes apart
 * add up until nobody is left who serves. A revision that is being rolled out is not forgiven so
 * soon, since its failures in a row are what it is judged by: Kubernetes' 10 min hold for it.
 */
final class Backoff {
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofSeconds(10);
    private static final Duration ON_TRIAL = Duration.ofMinutes(10);

    private Backoff() {}

    /** Failures in a row, this one included. */
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
