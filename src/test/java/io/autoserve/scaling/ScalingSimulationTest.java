package io.autoserve.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.scaling.Simulation.Model;
import io.autoserve.scaling.Simulation.Run;
import io.autoserve.scaling.Trace.Shape;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests the effect of the scaling rules over time. One instance can serve 100 requests/s. That is
 * also its target, and the autoscaler scales out above 80 % of it.
 */
class ScalingSimulationTest {
    private static final double CAPACITY = 100;
    private static final Model MODEL = new Model(CAPACITY, Duration.ofSeconds(2), 100);
    private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_step_from_a_tenth_to_three_times_an_instance_is_met_in_five_seconds_and_two_decisions(
            long seed) {
        var calm = 600 + (int) (seed % 7);
        var trace =
                new Trace(
                        "step",
                        IntStream.range(0, 1200)
                                .mapToObj(second -> second < calm ? 10.0 : 300.0)
                                .toList());

        var run = new Simulation(spec(standard()), MODEL, trace, seed).policy();

        var decisions = run.decisions();
        assertThat(Duration.between(start(), decisions.getFirst().at()))
                .isBetween(Duration.ofSeconds(calm), Duration.ofSeconds(calm + 5));
        assertThat(decisions).hasSizeLessThanOrEqualTo(2);
        assertThat(decisions.getLast().to()).isEqualTo(4); // 4 × 80 requests/s for 300
        assertThat(run.seconds().getLast().replicas()).isEqualTo(4);
    }

    @Test
    void an_app_that_may_sleep_does_so_when_it_is_idle_and_loses_no_request_when_it_wakes() {
        var trace =
                new Trace(
                        "visits",
                        IntStream.range(0, 600)
                                .mapToObj(second -> second % 300 < 20 ? 10.0 : 0.0)
                                .toList());
        var policy = new ScalingDraft().sleepsAfter(Duration.ofSeconds(60)).requests(100).scaling();

        var run = new Simulation(spec(policy), MODEL, trace, 1).policy();

        assertThat(run.decisions())
                .extracting(decision -> decision.from() + " to " + decision.to())
                .containsExactly("1 to 0", "0 to 1", "1 to 0");
        assertThat(run.lost()).isZero();
    }

    /** The loads are those of load-tests/autoscale.sh. A rise takes up to two seconds, as there. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_step_takes_at_most_two_decisions_and_never_goes_above_what_it_needs(long seed) {
        var half = new SplittableRandom(seed).nextDouble();
        var trace =
                new Trace(
                        "steps",
                        IntStream.range(0, 360)
                                .mapToObj(second -> steps(second, (int) (100 + seed % 7), half))
                                .toList());
        var policy =
                new ScalingDraft()
                        .auto(1, 20)
                        .requests(20.0)
                        .cooldown(Duration.ofSeconds(10))
                        .steps(20, 20)
                        .stabilization(Duration.ofSeconds(40))
                        .scaling();

        var decisions = new Simulation(spec(policy), MODEL, trace, seed).policy().decisions();

        assertThat(decisions.stream().filter(it -> it.at().isBefore(start().plusSeconds(200))))
                .as("from 10 to 60: %s", decisions)
                .hasSizeBetween(1, 2)
                .allMatch(it -> it.to() <= 4);
        assertThat(decisions.stream().filter(it -> it.at().isAfter(start().plusSeconds(200))))
                .as("from 60 to 200: %s", decisions)
                .hasSizeBetween(1, 2)
                .allMatch(it -> it.to() <= 13);
        assertThat(decisions.getLast().to()).isBetween(12, 13);
    }

    private static double steps(int second, int each, double half) {
        var before = List.of(10.0, 60.0, 200.0);
        var step = Math.min(2, second / each);
        var from = before.get(Math.max(0, step - 1));
        var rise = before.get(step) - from;
        return switch (second - step * each) {
            case 0 -> from + rise * half / 2;
            case 1 -> from + rise * (1 + half) / 2;
            default -> before.get(step);
        };
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void noise_does_not_make_it_flap(long seed) {
        var trace = Shape.NOISY.trace(CAPACITY, HALF_AN_HOUR, new SplittableRandom(seed));

        var run = new Simulation(spec(standard()), MODEL, trace, seed).policy();

        assertThat(turns(run)).as("%s", run.decisions()).isLessThanOrEqualTo(1);
        assertThat(run.changes()).isLessThanOrEqualTo(3);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_wave_is_followed_and_not_flapped_at(long seed) {
        var trace = Shape.SINE.trace(CAPACITY, HALF_AN_HOUR, new SplittableRandom(seed));

        var run = new Simulation(spec(narrow()), MODEL, trace, seed).policy();

        assertThat(turns(run)).as("%s", run.decisions()).isLessThanOrEqualTo(3); // for two waves
        assertThat(run.lost()).isLessThan(0.001);
    }

    @Test
    void costs_at_most_a_tenth_more_than_an_oracle_pays_where_the_policy_is_narrow() {
        for (var shape : List.of(Shape.STEP, Shape.SINE, Shape.NOISY)) {
            var simulation = simulation(shape, narrow());
            assertThat(simulation.policy().replicaHours())
                    .as("%s", shape)
                    .isLessThan(1.1 * simulation.oracle().replicaHours());
        }
    }

    @Test
    void is_behind_the_load_no_longer_than_others_are() {
        for (var shape : Shape.values()) {
            var simulation = simulation(shape, narrow());
            var own = simulation.policy().behind();
            assertThat(own)
                    .as("%s", shape)
                    .isLessThanOrEqualTo(simulation.horizontalPodAutoscaler().behind() + 0.001)
                    .isLessThanOrEqualTo(simulation.knative().behind() + 0.001);
        }
    }

    @Test
    void the_same_seed_gives_the_same_run() {
        assertThat(simulation(Shape.NOISY, standard()).policy())
                .isEqualTo(simulation(Shape.NOISY, standard()).policy());
    }

    private static Simulation simulation(Shape shape, Scaling policy) {
        var trace = shape.trace(CAPACITY, HALF_AN_HOUR, new SplittableRandom(1));
        return new Simulation(spec(policy), MODEL, trace, 1);
    }

    /** Returns how often the direction of scaling changed. */
    private static int turns(Run run) {
        var outcomes = run.decisions().stream().map(it -> it.outcome() == Outcome.OUT).toList();
        return (int)
                IntStream.range(1, outcomes.size())
                        .filter(i -> !outcomes.get(i).equals(outcomes.get(i - 1)))
                        .count();
    }

    private static Instant start() {
        return Instant.parse("2026-01-01T00:00:00Z");
    }

    /** Returns the policy with the defaults of the schema. */
    private static Scaling standard() {
        return policy(30, 60, 3, 1, Duration.ofMinutes(5));
    }

    /**
     * Returns a policy that scales in soon. It costs less, but is less prepared for a second wave.
     */
    private static Scaling narrow() {
        return policy(65, 15, 10, 10, Duration.ofSeconds(30));
    }

    private static Scaling policy(
            int scaleInBelow, int cooldown, int stepOut, int stepIn, Duration stabilization) {
        return new ScalingDraft()
                .auto(1, 10)
                .requests(CAPACITY)
                .inBelow(scaleInBelow)
                .cooldown(Duration.ofSeconds(cooldown))
                .steps(stepOut, stepIn)
                .stabilization(stabilization)
                .scaling();
    }

    private static AppSpec spec(Scaling policy) {
        return SpecDraft.of("shop").scaling(policy).spec();
    }
}
