package io.autoserve.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Decides how long to pause after failures in a row. The pause doubles with each failure. A random
 * part is taken off, so that controllers that failed together do not try again together.
 *
 * <p>The interval functions of resilience4j compute the same, but they bring their own source of
 * chance, which a test cannot repeat.
 *
 * @param least the shortest pause
 * @param most the longest pause
 */
public record ExponentialBackoff(Duration least, Duration most) {
    private static final int MOST_DOUBLINGS = 16;

    public ExponentialBackoff {
        if (!least.isPositive() || most.compareTo(least) < 0) {
            throw new IllegalArgumentException(
                    "the pauses must be positive and ascending, were %s and %s"
                            .formatted(least, most));
        }
    }

    /**
     * Returns the pause before the next attempt.
     *
     * @param failures number of failures in a row, at least 1
     */
    public Duration pause(int failures, RandomGenerator random) {
        if (failures < 1) {
            throw new IllegalArgumentException("failures must be at least 1, was " + failures);
        }
        var shortest = least.toNanos();
        var whole = Math.min(shortest << Math.min(failures, MOST_DOUBLINGS), most.toNanos());
        var half = Math.max(whole / 2, shortest);
        return Duration.ofNanos(half + (long) (random.nextDouble() * (whole - half)));
    }
}
