package io.autoserve.testing;

import static io.autoserve.testing.DockerCommand.docker;

import java.time.Duration;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much slower than usual this machine's engine is, by the time that a container needs which
 * ends at once. Tests write their limits for a quiet machine and have them stretched here, so that
 * a slow day fails no test of a product that is right.
 *
 * <p>The first question measures, and so does a question that comes much later, since a machine
 * that was quiet may be busy by then. The slowest measurement counts. Nothing is measured where
 * nothing is asked. Unit tests never ask, nor do helpers that run in processes of their own, and
 * they wait for {@link Eventually#PATIENCE}.
 */
public final class EnginePace {
    private static final Logger LOG = LoggerFactory.getLogger(EnginePace.class);

    /** All other images of AutoServe are built on it, so it is there where tests run. */
    private static final String IMAGE = "debian:trixie-slim";

    /** Of the measured run on a quiet machine with two cores. */
    private static final Duration QUIET = Duration.ofMillis(400);

    /** Beyond this no limit grows, or a test that fails would take hours to say so. */
    private static final double MOST = 20;

    private static final int RUNS = 3;
    private static final Duration FRESH = Duration.ofMinutes(5);

    /** A machine that turns slow after the measurement needs some time on top. */
    private static final Duration LEAST_PATIENCE = Duration.ofMinutes(2);

    private static double factor;
    private static long measuredAt;

    private EnginePace() {}

    /** The limit for something that must be quick: {@code quiet} times 1 to 20. */
    public static Duration scaled(Duration quiet) {
        return Duration.ofNanos((long) (quiet.toNanos() * factor()));
    }

    /** The same in whole seconds, rounded up, as specs and the command line take it. */
    public static long scaledSeconds(int quiet) {
        return (long) Math.ceil(quiet * factor());
    }

    /**
     * How long to wait for something that is bound to come. A test that passes never waits so long,
     * hence it is twice the scaled time and never less than two minutes.
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
