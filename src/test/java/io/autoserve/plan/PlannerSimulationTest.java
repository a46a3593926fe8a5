package io.autoserve.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks three things, whatever the engine reports and whenever the leader changes. The actions
 * bring the app to the state that its spec describes. A rollout keeps its limits on the way.
 * Afterwards nothing is left to do. A failing seed is printed, and {@code -Dseed=N} runs it alone.
 */
class PlannerSimulationTest {
    private static final int SEEDS = 3_000;
    private static final int TROUBLED_STEPS = 120;
    private static final int STEPS_TO_PEACE = 400;
    private static final String[] APPS = {"web", "web-1", "api"};

    @Test
    void reaches_what_is_wanted_whatever_goes_wrong() {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, true, APPS);
            for (var step = 0; step < TROUBLED_STEPS; step++) {
                world.trouble();
                world.step();
            }
            assertPeace(world, seed);
        });
    }

    @Test
    void a_drained_node_is_emptied_by_the_walk_and_filled_again_by_what_is_wanted() {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, true, APPS);
            for (var step = 0; step < TROUBLED_STEPS / 4; step++) {
                world.trouble();
                world.step();
            }
            world.drained(true);
            for (var step = 0; step < STEPS_TO_PEACE && !world.empty(); step++) {
                world.step();
            }
            assertThat(world.empty()).as("seed %d: %s", seed, world).isTrue();
            assertThat(world.planned()).as("actions left with seed %d: %s", seed, world).isEmpty();
            assertPeace(world, seed);
        });
    }

    @ParameterizedTest(name = "surge {0}, unavailable {1}")
    @CsvSource({"1, 0", "0, 1", "2, 1", "3, 3"})
    void a_rollout_never_breaks_its_bounds_while_nothing_fails(int surge, int unavailable) {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, false, "web");
            world.rolloutBy(Fixtures.rollout(surge, unavailable));
            assertPeace(world, seed);
            world.newRevision();
            world.app().watchBounds();
            assertPeace(world, seed);
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void every_way_of_rolling_out_reaches_the_new_revision(String name, Rollout policy) {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, false, "web");
            world.rolloutBy(policy);
            assertPeace(world, seed);
            world.newRevision();
            world.app().watchBounds();
            assertPeace(world, seed);
            assertThat(world.app().now().spec().image()).as("seed %d", seed).isEqualTo("web:3");
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void no_setting_of_the_clock_delays_or_ends_a_rollout(String name, Rollout policy) {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, false, "web");
            world.rolloutBy(policy);
            assertPeace(world, seed);
            world.setClocks();
            world.newRevision();
            assertPeace(world, seed);
            assertThat(world.app().now().spec().image()).as("seed %d", seed).isEqualTo("web:3");
        });
    }

    @Test
    void a_container_that_cannot_be_removed_delays_nothing() {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, false, "web");
            world.immortalOrphan();
            assertPeace(world, seed);
            world.newRevision();
            assertPeace(world, seed);
            assertThat(world.app().now().spec().image()).as("seed %d", seed).isEqualTo("web:2");
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ways")
    void a_revision_that_answers_worse_is_taken_back_by_itself(String name, Rollout policy) {
        seeds().forEach(seed -> {
            var world = new SimulatedWorld(seed, false, "web");
            world.rolloutBy(policy);
            assertPeace(world, seed);
            world.newRevision();
            world.app().watchBounds();
            for (var step = 0; step < seed % 7; step++) {
                world.step();
            }
            var tooLate = world.app().now().rollout() == null;
            world.app().freshFails();
            assertPeace(world, seed);
            assertThat(world.app().now().spec().image())
                    .as("seed %d", seed)
                    .isEqualTo(tooLate ? "web:3" : "example/demo");
        });
    }

    static Stream<Arguments> ways() {
        var steps =
                List.of(new Step(10, Duration.ofSeconds(5)), new Step(60, Duration.ofSeconds(5)));
        return Stream.of(
                Arguments.of("rolling", way(Strategy.ROLLING, List.of())),
                Arguments.of("canary", way(Strategy.ROLLING, steps)),
                Arguments.of("blue/green", way(Strategy.BLUE_GREEN, List.of())));
    }

    private static Rollout way(Strategy strategy, List<Step> steps) {
        return new Rollout(
                strategy,
                steps,
                2,
                0,
                Duration.ofSeconds(1),
                Duration.ofMinutes(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                true);
    }

    private static void assertPeace(SimulatedWorld world, long seed) {
        var steps = 0;
        while (!world.atPeace() && steps++ < STEPS_TO_PEACE) {
            world.step();
        }
        assertThat(world.atPeace()).as("seed %d: %s", seed, world).isTrue();
        assertThat(world.planned()).as("seed %d rests: %s", seed, world).isEmpty();
    }

    private static LongStream seeds() {
        var one = Long.getLong("seed");
        return one == null ? LongStream.range(0, SEEDS) : LongStream.of(one);
    }
}
