package io.autoserve.health;

import static io.autoserve.health.Targets.fresh;
import static io.autoserve.health.Targets.http;
import static io.autoserve.health.Targets.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import io.autoserve.testing.MovedClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Simulates an event loop that runs its tasks late. */
class PunctualProbingTest {
    private static final ProbeResult PASSED = new ProbeResult.Passed();
    private static final ProbeResult REFUSED = new ProbeResult.Failed("connection refused");
    private static final ProbeResult TIMED_OUT = new ProbeResult.Failed("no answer within 1000 ms");
    private static final ProbeResult UNJUDGED = new ProbeResult.Unjudged();
    private static final Duration PATIENCE = seconds(1);

    private final MovedClock clock = new MovedClock();
    private final AtomicInteger unjudged = new AtomicInteger();
    private Duration late = Duration.ZERO;
    private int pulses;
    private Duration answersAfter = PATIENCE;
    private ProbeResult answer = TIMED_OUT;

    private final PunctualProbing probing =
            new PunctualProbing(
                    (_, _, _) -> answered(),
                    clock,
                    (delay, task) -> {
                        pulses++;
                        clock.after(delay.plus(late), task);
                    },
                    unjudged::incrementAndGet);

    private Future<ProbeResult> answered() {
        var promise = Promise.<ProbeResult>promise();
        clock.after(answersAfter, () -> promise.complete(answer));
        return promise.future();
    }

    private ProbeResult ask() {
        var result = probing.ask(fresh(1, HealthChecks.NONE).instance(), http("/", 1), PATIENCE);
        clock.advance(seconds(20));
        assertThat(result.isComplete()).isTrue();
        return result.result();
    }

    @Test
    void a_timeout_on_a_punctual_loop_is_a_failure() {
        assertThat(ask()).isEqualTo(TIMED_OUT);
        assertThat(unjudged).hasValue(0);
    }

    @Test
    void a_timeout_on_a_loop_that_stood_still_is_not_judged() {
        late = seconds(5);
        answersAfter = seconds(5);

        assertThat(ask()).isEqualTo(UNJUDGED);
        assertThat(unjudged).hasValue(1);
    }

    @Test
    void many_short_delays_count_together() {
        late = Duration.ofMillis(60);

        assertThat(ask()).isEqualTo(UNJUDGED);
    }

    @Test
    void a_loop_that_is_a_little_late_judges() {
        late = Duration.ofMillis(9);
        answersAfter = PATIENCE.plusMillis(9);

        assertThat(ask()).isEqualTo(TIMED_OUT);
    }

    @Test
    void an_answer_counts_however_late_the_loop_was() {
        late = seconds(5);
        answersAfter = seconds(5);
        answer = PASSED;

        assertThat(ask()).isEqualTo(PASSED);
    }

    @Test
    void a_refusal_before_the_deadline_counts_on_a_late_loop() {
        late = seconds(5);
        answersAfter = Duration.ofMillis(900);
        answer = REFUSED;

        assertThat(ask()).isEqualTo(REFUSED);
    }

    @Test
    void an_explanation_is_passed_on() {
        var explained = new ProbeResult.Failed("it listens elsewhere");
        var prober =
                new Probing() {
                    @Override
                    public Future<ProbeResult> ask(
                            Instance instance, Probe probe, Duration patience) {
                        return answered();
                    }

                    @Override
                    public Future<ProbeResult> explained(
                            Instance instance, ProbeResult.Failed failed) {
                        return Future.succeededFuture(explained);
                    }
                };
        var punctual = new PunctualProbing(prober, clock, clock::after, () -> {});

        var result =
                punctual.explained(
                        fresh(1, HealthChecks.NONE).instance(), new ProbeResult.Failed("refused"));
        assertThat(result.result()).isEqualTo(explained);
    }

    @Test
    void a_frozen_instance_is_found_once_the_loop_is_punctual_again() {
        late = seconds(5);
        answersAfter = seconds(5);
        assertThat(ask()).isEqualTo(UNJUDGED);

        late = Duration.ZERO;
        answersAfter = PATIENCE;
        assertThat(ask()).isEqualTo(TIMED_OUT);
    }

    @Test
    void the_loop_is_measured_only_while_probes_run() {
        assertThat(ask()).isEqualTo(TIMED_OUT);
        var during = pulses;

        clock.advance(seconds(60));

        assertThat(during).isPositive();
        assertThat(pulses).isEqualTo(during);
    }
}
