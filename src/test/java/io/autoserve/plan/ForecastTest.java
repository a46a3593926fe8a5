package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.ready;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the planned actions that an operator is shown before a change. */
class ForecastTest {
    @Test
    void a_rollout_is_told_from_its_first_start_to_its_end() {
        var before = Fixtures.app("web", 2);
        var app =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.ROLLING, List.of()));
        assertThat(Forecast.of(app, before, List.of(ready(before, 0), ready(before, 1)), NOON))
                .extracting(ForecastTest::told)
                .containsExactly(
                        "Start web-2",
                        "Drain web-0",
                        "Start web-3",
                        "Drain web-1",
                        "Complete revision 2 serves all traffic and was healthy for 30 s");
    }

    @Test
    void a_canary_is_told_step_by_step() {
        var before = Fixtures.app("web", 1);
        var steps = List.of(new Step(10, Duration.ofHours(1)));
        var app =
                RolloutPlannerTest.rolled(
                        before, RolloutPlannerTest.policy(Strategy.ROLLING, steps));
        assertThat(Forecast.of(app, before, List.of(ready(before, 0)), NOON))
                .extracting(ForecastTest::told)
                .containsExactly(
                        "Start web-1",
                        "Advance revision 2 promoted: it was healthy with 10 % of the traffic",
                        "Drain web-0",
                        "Complete revision 2 serves all traffic and was healthy for 30 s");
    }

    @Test
    void of_what_is_as_wanted_there_is_nothing_to_tell() {
        var app = Fixtures.app("web", 2);
        assertThat(Forecast.of(app, null, List.of(ready(app, 0), ready(app, 1)), NOON)).isEmpty();
    }

    @Test
    void a_deletion_ends() {
        var app = Fixtures.app("web", 1);
        var gone = app.wanting(Intent.DELETE, 1, 0, NOON);
        assertThat(Forecast.of(gone, null, List.of(ready(app, 0)), NOON))
                .extracting(ForecastTest::told)
                .containsExactly("Drain web-0", "Delete all instances are removed");
    }

    private static String told(Action action) {
        return action.getClass().getSimpleName()
                + " "
                + switch (action) {
                    case Action.Start(var app, var index, _, _) -> Instance.name(app.name(), index);
                    case Action.Drain(var instance, _, _) -> instance.name();
                    default -> action.reason();
                };
    }
}
