package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.Rollout;
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
                        .rollout(
                                new Rollout(
                                        strategy,
                                        List.of(),
                                        maxSurge,
                                        0,
                                        Duration.ZERO,
                                        Duration.ofMinutes(10),
                                        Duration.ZERO,
                                        Duration.ofSeconds(30),
                                        true))
                        .spec();

        assertThat(Fixtures.app(spec, replicas).reach()).isEqualTo(reach);
    }
}
