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
    @CsvSource({"5, 10, 1", "10, 10, 1", "50, 10, 5", "99, 2, 1", "1, 1, 1", "20, 3, 2"})
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

    private static List<Instance> slots(App before, int old, App app, int fresh) {
        return Stream.concat(
                        IntStream.range(0, old).mapToObj(i -> ready(before, i)),
                        IntStream.range(old, old + fresh).mapToObj(i -> ready(app, i)))
                .toList();
    }
}
