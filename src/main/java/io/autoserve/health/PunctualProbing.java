package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Instance;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs probes and does not judge those that timed out while this controller itself was late.
 *
 * <p>A controller that is short of CPU may read an answer long after it has arrived, so a timeout
 * then says nothing about the instance. While probes run, a task measures how late the event loop
 * is. A probe that times out counts as a failure only if the loop lost less than a quarter of the
 * probe's time. A frozen instance is therefore found by the first repetitions that run in time. An
 * answer always counts, and so does a refused connection.
 *
 * <p>All methods run on one event loop.
 */
final class PunctualProbing implements Probing {
    private static final Logger LOG = LoggerFactory.getLogger(PunctualProbing.class);

    /** Time between two measurements of the event loop's delay. */
    static final Duration PULSE = Duration.ofMillis(50);

    private static final int SHARE = 4;

    /** Unjudged probes with less time between them belong to one stretch, which is logged once. */
    static final Duration CALM = Duration.ofSeconds(30);

    private final Probing probing;
    private final InstantSource clock;
    private final Later later;
    private final Runnable counted;
    private final Punctuality punctuality = new Punctuality();
    private int running;
    private boolean pulsing;
    private int inStretch;
    private Instant lastUnjudged = Instant.MIN;

    /** Runs a task on the event loop after a delay. */
    @FunctionalInterface
    interface Later {
        void run(Duration delay, Runnable task);
    }

    /**
     * @param clock a clock that never goes back
     * @param counted called for each probe that is not judged
     */
    PunctualProbing(Probing probing, InstantSource clock, Later later, Runnable counted) {
        this.probing = probing;
        this.clock = clock;
        this.later = later;
        this.counted = counted;
    }

    @Override
    public Future<ProbeResult> ask(Instance instance, Probe probe, Duration patience) {
        var asked = clock.instant();
        running++;
        if (!pulsing) {
            pulse(asked);
        }
        return probing.ask(instance, probe, patience).map(result -> ended(result, asked, patience));
    }

    @Override
    public Future<ProbeResult> explained(Instance instance, ProbeResult.Failed failed) {
        return probing.explained(instance, failed);
    }

    /** Measures the event loop's delay until no probe runs. */
    private void pulse(Instant now) {
        pulsing = running > 0;
        if (pulsing) {
            punctuality.expect(now.plus(PULSE));
            later.run(
                    PULSE,
                    () -> {
                        var then = clock.instant();
                        punctuality.ran(then);
                        pulse(then);
                    });
        }
    }

    private ProbeResult ended(ProbeResult result, Instant asked, Duration patience) {
        running--;
        var now = clock.instant();
        ProbeResult fair =
                switch (result) {
                    case ProbeResult.Failed failed ->
                            isUnfair(asked, now, patience) ? new ProbeResult.Unjudged() : failed;
                    case ProbeResult.Passed passed -> passed;
                    case ProbeResult.Unjudged unjudged -> unjudged;
                };
        switch (fair) {
            case ProbeResult.Unjudged _ -> unjudged(now);
            case ProbeResult.Failed _, ProbeResult.Passed _ -> judged(now);
        }
        return fair;
    }

    private boolean isUnfair(Instant asked, Instant now, Duration patience) {
        // A timer knows only milliseconds, so it may end a fraction of one before the deadline.
        var timedOut = !now.isBefore(asked.plus(patience.truncatedTo(ChronoUnit.MILLIS)));
        return timedOut && punctuality.lost(asked, now).compareTo(patience.dividedBy(SHARE)) >= 0;
    }

    private void unjudged(Instant now) {
        counted.run();
        if (inStretch++ == 0) {
            LOG.warn(
                    "this controller or Docker is short of CPU: health checks that time out"
                            + " meanwhile are repeated and not judged");
        }
        lastUnjudged = now;
    }

    private void judged(Instant now) {
        if (inStretch > 0 && now.isAfter(lastUnjudged.plus(CALM))) {
            LOG.info(
                    "this controller judges all health checks again: it was short of CPU and did"
                            + " not judge {} health checks",
                    inStretch);
            inStretch = 0;
        }
    }
}
