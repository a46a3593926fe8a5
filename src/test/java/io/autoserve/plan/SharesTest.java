package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.ready;
import static io.autoserve.testing.Fixtures.running;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests how an app's traffic is divided among its instances. */
class SharesTest {
    @Test
    void all_that_are_ready_get_the_same() {
        var app = Fixtures.app("web", 3);
        assertThat(
                        Shares.of(
                                app,
                                null,
                                List.of(ready(app, 0), ready(app, 1), running(app, 2)),
                                NOON))
                .containsOnlyKeys(100L, 101L)
                .containsValues(Shares.FULL, Shares.FULL);
    }

    @ParameterizedTest(name = "{0} % for {2} canaries beside {1}")
    @CsvSource({"5, 10, 1", "10, 10, 1", "50, 10, 5", "99, 2, 2", "1, 1, 1", "20, 3, 2"})
    void a_canary_gets_the_percentage_of_its_step(int weight, int old, int fresh) {
        var before = Fixtures.app("web", old);
        var step = new Step(weight, Duration.ofSeconds(60));
        var app =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.ROLLING, List.of(step)));
        var shares = Shares.of(app, before, slots(before, old, app, fresh), NOON);
        var ofFresh =
                IntStream.range(old, old + fresh).mapToDouble(i -> shares.get(100L + i)).sum();
        var all = shares.values().stream().mapToDouble(Integer::doubleValue).sum();
        assertThat(100 * ofFresh / all).isCloseTo(weight, within(0.05));
    }

    @Test
    void a_canary_that_is_alone_serves_all() {
        var before = Fixtures.app("web", 2);
        var step = new Step(5, Duration.ofSeconds(60));
        var app =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.ROLLING, List.of(step)));
        assertThat(Shares.of(app, before, List.of(ready(app, 2)), NOON))
                .containsEntry(102L, Shares.FULL);
    }

    @Test
    void blue_green_sends_all_to_the_old_ones_and_then_all_to_the_new_ones() {
        var before = Fixtures.app("web", 1);
        var app =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.BLUE_GREEN, List.of()));
        var slots = slots(before, 1, app, 1);
        assertThat(Shares.of(app, before, slots, NOON))
                .containsEntry(100L, Shares.FULL)
                .containsEntry(101L, 0);

        var moved = RolloutPlannerTest.stepped(app);
        assertThat(Shares.of(moved, before, slots, NOON))
                .containsEntry(100L, 0)
                .containsEntry(101L, Shares.FULL);
    }

    /**
     * Checks the share of one new instance while only {@code ready} of ten new ones are ready. By
     * the weight of the step alone, the instance would get more. It gets a tenth of all requests,
     * as each of ten instances does without a rollout.
     */
    @ParameterizedTest(name = "step of {0} %: {1} of 10 new instances are ready")
    @CsvSource({"60, 1", "60, 3", "99, 1", "50, 4"})
    void a_canary_gets_no_more_than_its_ready_instances_can_carry(int weight, int ready) {
        var before = Fixtures.app("web", 10);
        var step = new Step(weight, Duration.ofSeconds(60));
        var app =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.ROLLING, List.of(step)));
        var shares = Shares.of(app, before, slots(before, 10, app, ready), NOON);
        var all = shares.values().stream().mapToDouble(Integer::doubleValue).sum();
        assertThat(100.0 * Objects.requireNonNull(shares.get(110L)) / all)
                .isCloseTo(10, within(0.1));
    }

    @ParameterizedTest(name = "{0} of 10 old and {1} of 10 new are ready at step {2}: {3}")
    @CsvSource({
        "10, 10, 1, new",
        "10, 8, 1, new",
        "10, 1, 1, old",
        "1, 1, 1, new",
        "2, 5, 1, new",
        "10, 9, 0, old",
        "8, 10, 0, old",
        "1, 10, 0, new"
    })
    void blue_green_sends_all_to_a_revision_that_can_carry_it(
            int old, int fresh, int step, String served) {
        var before = Fixtures.app("web", 10);
        var begun =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.BLUE_GREEN, List.of()));
        var app = step == 0 ? begun : RolloutPlannerTest.stepped(begun);
        var shares = Shares.of(app, before, slots(before, old, app, fresh), NOON);
        assertThat(IntStream.range(0, old).mapToObj(i -> shares.get(100L + i)))
                .containsOnly(served.equals("old") ? Shares.FULL : 0);
        assertThat(IntStream.range(old, old + fresh).mapToObj(i -> shares.get(100L + i)))
                .containsOnly(served.equals("new") ? Shares.FULL : 0);
    }

    @Test
    void a_restart_of_green_does_not_send_all_to_its_first_restarted_instance() {
        var before = Fixtures.app("web", 4);
        var moved =
                RolloutPlannerTest.stepped(
                        RolloutPlannerTest.rolled(
                                before, RolloutPlannerTest.policy(Strategy.BLUE_GREEN, List.of())));
        var restarted = moved.wanting(App.Intent.RUN, 4, moved.restart() + 1, NOON);
        var slots =
                Stream.concat(slots(before, 4, moved, 4).stream(), Stream.of(ready(restarted, 8)))
                        .toList();
        var shares = Shares.of(restarted, before, slots, NOON);
        assertThat(IntStream.range(4, 9).mapToObj(i -> shares.get(100L + i)))
                .containsOnly(Shares.FULL);
    }

    @Test
    void another_strategy_or_other_steps_begin_the_rollout_again() {
        var before = Fixtures.app("web", 10);
        var steps = List.of(new Step(10, Duration.ofSeconds(60)), new Step(50, Duration.ZERO));
        var canary =
                RolloutPlannerTest.stepped(
                        RolloutPlannerTest.rolled(
                                before, RolloutPlannerTest.policy(Strategy.ROLLING, steps)));
        assertThat(Objects.requireNonNull(canary.rollout()).step()).isEqualTo(1);
        for (var policy :
                List.of(
                        RolloutPlannerTest.policy(Strategy.BLUE_GREEN, List.of()),
                        RolloutPlannerTest.policy(Strategy.ROLLING, steps.subList(0, 1)))) {
            var changed = canary.revised(Fixtures.spec("web", "web:2", policy), 10, before, NOON);
            var rollout = Objects.requireNonNull(changed.rollout());
            assertThat(rollout.step()).isZero();
            assertThat(rollout.from()).isEqualTo(canary.rollout().from());
        }
        var same = canary.revised(canary.spec(), 10, before, NOON);
        assertThat(same.rollout()).isEqualTo(canary.rollout());
    }

    private static List<Instance> slots(App before, int old, App app, int fresh) {
        return Stream.concat(
                        IntStream.range(0, old).mapToObj(i -> ready(before, i)),
                        IntStream.range(old, old + fresh).mapToObj(i -> ready(app, i)))
                .toList();
    }
}
