package io.autoserve.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Decides how long to pause after failures in a row. The pause doubles with each failure. A random
 * part is added, so that controllers that failed together do not try again together.
 *
 * <p>The interval functions of resilience4j compute the same, but they bring their own source of
 * chance, which a test cannot repeat.
 *
 * @param least the shortest pause
 * @param most the longest pause, with its random part
 * @param spread size of the random part at most, as a share of the rest of the pause
 */
public record ExponentialBackoff(Duration least, Duration most, double spread) {
    private static final int MOST_DOUBLINGS = 16;

    public ExponentialBackoff {
        if (!least.isPositive() || spread < 0 || most.toNanos() < least.toNanos() * (1 + spread)) {
            throw new IllegalArgumentException(
                    ("the pauses must be positive, and the longest one at least the shortest one"
                                    + " with its random part, were %s and %s with a spread of %s")
                            .formatted(least, most, spread));
        }
    }

    /** The random part at most doubles a pause. */
    public ExponentialBackoff(Duration least, Duration most) {
        this(least, most, 1);
    }

    /**
     * Returns the pause before the next attempt.
     *
     * @param failures number of failures in a row, at least 1
     */
    public Duration pause(int failures, RandomGenerator random) {
        return pause(failures, random.nextDouble());
    }

    /**
     * Returns the pause before the next attempt.
     *
     * @param failures number of failures in a row, at least 1
     * @param chance a random number from 0 to 1
     */
    Duration pause(int failures, double chance) {
        if (failures < 1) {
            throw new IllegalArgumentException("failures must be at least 1, was " + failures);
        }
        var doubled = least.toNanos() << Math.min(failures - 1, MOST_DOUBLINGS);
        var fixed = Math.min(doubled, (long) (most.toNanos() / (1 + spread)));
        return Duration.ofNanos(fixed + (long) (fixed * spread * chance));
    }
}
