package io.autoserve.model;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App.Rollout;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AppTest {
    private static final AppSpec.Scaling SLEEPS =
            new ScalingDraft().sleepsAfter(Duration.ofMinutes(5)).scaling();

    @Test
    void an_app_that_sleeps_wakes_with_a_rollout_so_that_a_bad_revision_is_rolled_back() {
        var asleep = Fixtures.app(SpecDraft.of("web").scaling(SLEEPS).spec(), 0);
        var next = SpecDraft.of("web").image("web:2").scaling(SLEEPS).spec();

        assertThat(asleep.revised(next, 1, null, NOON).rollout())
                .extracting(Rollout::from)
                .isEqualTo(1);
    }

    @Test
    void an_app_that_sleeps_wakes_for_another_image_of_the_same_name() {
        var asleep = Fixtures.app(SpecDraft.of("web").scaling(SLEEPS).spec(), 0);

        var renewed = asleep.renewed(NOON);

        assertThat(renewed.replicas()).isEqualTo(1);
        assertThat(renewed.rollout()).isNotNull();
    }

    @Test
    void an_app_that_was_scaled_to_0_starts_with_its_next_revision() {
        var none = Fixtures.app(SpecDraft.of("web").spec(), 0);
        var next = SpecDraft.of("web").image("web:2").spec();

        assertThat(none.revised(next, 1, null, NOON).rollout()).isNull();
    }
}
