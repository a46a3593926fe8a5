package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests how many instances an app can have at once. In mode auto, the spec permits 1 to 10. */
class ReachTest {

    @ParameterizedTest
    @CsvSource({
        "false, 3,  ROLLING,    2, 5",
        "false, 3,  BLUE_GREEN, 2, 6",
        "true,  3,  ROLLING,    2, 12",
        "true,  3,  BLUE_GREEN, 2, 20",
        "true,  14, ROLLING,    2, 16",
        "false, 0,  ROLLING,    1, 1",
    })
    void reach(boolean auto, int replicas, Strategy strategy, int maxSurge, int reach) {
        var scaling = new ScalingDraft().bounds(1, 10);
        var spec =
                SpecDraft.of("web")
                        .scaling((auto ? scaling.auto(1, 10).requests(100) : scaling).scaling())
                        .rollout(rollout(strategy, List.of(), maxSurge))
                        .spec();

        assertThat(Fixtures.app(spec, replicas).reach()).isEqualTo(reach);
    }

    @ParameterizedTest(name = "{0} replicas, surge {1}, last weight {2}")
    @CsvSource({
        "5, 0, 99, 10",
        "3, 1, 34, 5", // a part of an instance counts as a whole one
        "5, 1, 20, 6",
        "5, 2, 20, 7",
        "0, 0, 99, 0",
    })
    void a_canary_runs_beside_all_old_instances(
            int replicas, int maxSurge, int lastWeight, int reach) {
        var steps =
                List.of(new Step(10, Duration.ZERO), new Step(lastWeight, Duration.ofMinutes(5)));
        var spec =
                SpecDraft.of("web")
                        .scaling(new ScalingDraft().bounds(1, 10).scaling())
                        .rollout(rollout(Strategy.ROLLING, steps, maxSurge))
                        .spec();

        assertThat(Fixtures.app(spec, replicas).reach()).isEqualTo(reach);
    }

    private static Rollout rollout(Strategy strategy, List<Step> steps, int maxSurge) {
        return new Rollout(
                strategy,
                steps,
                maxSurge,
                1,
                Duration.ZERO,
                Duration.ofMinutes(10),
                Duration.ZERO,
                Duration.ofSeconds(30),
                true);
    }
}
