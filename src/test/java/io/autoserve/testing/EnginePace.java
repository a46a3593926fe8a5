package io.autoserve.testing;

import static io.autoserve.testing.DockerCommand.docker;

import java.time.Duration;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how much slower than usual this machine's engine is, by the time that it takes to run a
 * container that ends at once. Tests write their limits for a quiet machine, and this class
 * stretches them. A slow day therefore fails no test of correct code.
 *
 * <p>The first call measures. So does a call that comes much later, since a quiet machine may have
 * become busy. The slowest measurement counts. Nothing is measured until a test calls this class.
 * Unit tests never do, nor do helpers that run in processes of their own; they wait for {@link
 * Eventually#PATIENCE}.
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

    /** The least time to wait, since a machine may become slow after the measurement. */
    private static final Duration LEAST_PATIENCE = Duration.ofMinutes(2);

    private static double factor;
    private static long measuredAt;

    private EnginePace() {}

    /** Returns the limit for something that must be quick: {@code quiet} times 1 to 20. */
    public static Duration scaled(Duration quiet) {
        return Duration.ofNanos((long) (quiet.toNanos() * factor()));
    }

    /** Returns the same in whole seconds, rounded up, as specs and the command line accept it. */
    public static long scaledSeconds(int quiet) {
        return (long) Math.ceil(quiet * factor());
    }

    /**
     * Returns how long to wait for something that is certain to happen. It is twice the scaled time
     * and never less than two minutes, since a test that passes never waits so long.
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
                    "a docker run takes {} ms: limits are stretched {} times",
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
