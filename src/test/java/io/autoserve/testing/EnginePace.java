package io.autoserve.testing;

import static io.autoserve.testing.DockerCommand.docker;

import java.time.Duration;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how much slower than usual Docker is on this machine, by the time that it takes to run a
 * container that ends at once. Tests state their limits for a quiet machine, and this class
 * multiplies them. So tests of correct code also pass on a slow day.
 *
 * <p>The first call measures. A call more than five minutes later measures again, because a quiet
 * machine may have become busy. The slowest measurement so far counts. Unit tests, and helpers that
 * run in their own processes, never call this class. They wait for {@link Eventually#PATIENCE}.
 */
public final class EnginePace {
    private static final Logger LOG = LoggerFactory.getLogger(EnginePace.class);

    /** All other images of AutoServe are built on this image, so it exists wherever tests run. */
    private static final String IMAGE = "debian:trixie-slim";

    /** The duration of the measured run on a quiet machine with two cores. */
    private static final Duration QUIET = Duration.ofMillis(400);

    /** The largest factor. With a larger one, a test that fails would take hours to report it. */
    private static final double MOST = 20;

    private static final int RUNS = 3;
    private static final Duration FRESH = Duration.ofMinutes(5);

    /**
     * The shortest limit that {@link #patience} returns. A short one would be too risky, because a
     * machine may become slow after the measurement.
     */
    private static final Duration LEAST_PATIENCE = Duration.ofMinutes(2);

    private static double factor;
    private static long measuredAt;

    private EnginePace() {}

    /**
     * Returns the limit for something that must be quick: {@code quiet} times a factor of 1 to 20.
     */
    public static Duration scaled(Duration quiet) {
        return Duration.ofNanos((long) (quiet.toNanos() * factor()));
    }

    /** Returns the limit in whole seconds, rounded up, for specs and the command line. */
    public static long scaledSeconds(int quiet) {
        return (long) Math.ceil(quiet * factor());
    }

    /**
     * Returns how long to wait for something that is certain to happen: twice the scaled time, but
     * at least two minutes. Such a long limit costs nothing, because only a failing test reaches
     * it.
     */
    public static Duration patience(Duration quiet) {
        var generous = scaled(quiet).multipliedBy(2);
        return generous.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : generous;
    }

    private static synchronized double factor() {
        if (factor == 0 || System.nanoTime() - measuredAt > FRESH.toNanos()) {
            var run = median();
            factor =
                    Math.clamp((double) run.toNanos() / QUIET.toNanos(), Math.max(1, factor), MOST);
            measuredAt = System.nanoTime();
            LOG.info(
                    "a docker run takes {} ms: limits are multiplied by {}",
                    run.toMillis(),
                    Math.round(factor * 10) / 10.0);
        }
        return factor;
    }

    private static Duration median() {
        return Stream.generate(EnginePace::run).limit(RUNS).sorted().toList().get(RUNS / 2);
    }

    private static Duration run() {
        var begin = System.nanoTime();
        docker("run", "--rm", "--pull", "never", IMAGE, "true");
        return Duration.ofNanos(System.nanoTime() - begin);
    }
}
