package io.autoserve.notifications;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;

/** Decides when a failed notification is sent again, and when it is given up. */
final class Retry {
    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofDays(1);
    private static final int MOST_DOUBLINGS = 10;

    private Retry() {}

    /**
     * Returns how long to wait: 5 s, then twice as long after each failure, up to 10 minutes, and
     * less by a random part of up to a half.
     *
     * @param failures number of failures in a row, at least 1
     */
    static Duration after(int failures, RandomGenerator random) {
        var doubled = FIRST.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
        var most = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
        return Duration.ofMillis((long) (most.toMillis() * (0.5 + random.nextDouble() / 2)));
    }

    /** Returns whether an event is given up that could not be delivered since then. */
    static boolean hopeless(Instant since, Instant now) {
        return Duration.between(since, now).compareTo(PATIENCE) >= 0;
    }
}
