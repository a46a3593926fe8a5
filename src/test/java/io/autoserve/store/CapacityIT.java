package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Refusal;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests the limit of instances, which is 20 here. */
class CapacityIT {
    private static final By ANN = By.actor("ann");

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final DesiredState desiredState = store.desiredState(20);

    @Test
    void apps_may_reach_the_limit_and_no_more() {
        apply(automatic("web", 10, 1)); // 10 and one more in a rollout
        apply(manual("blog", 8)); // 8 and one more in a rollout

        assertThatThrownBy(() -> apply(manual("shop", 1)))
                .isInstanceOf(Refusal.class)
                .hasMessage(
                        "app 'shop' could have 2 instances at once, and the other apps 20, but AUTOSERVE_MAX_INSTANCES permits 20 for all apps: lower replicas, maxReplicas, maxSurge or the weights of the steps of this app or of another one");
        assertThat(store.stateReader().clusterState().apps()).hasSize(2);
    }

    @Test
    void scaling_counts_like_a_new_spec() {
        apply(manual("web", 1));
        desiredState.scale("web", 19, ANN);

        assertThatThrownBy(() -> desiredState.scale("web", 20, ANN))
                .hasMessageContaining("app 'web' could have 21 instances at once");
    }

    @Test
    void a_return_to_a_larger_revision_counts_like_a_new_spec() {
        apply(automatic("web", 15, 1));
        apply(automatic("web", 5, 1));
        apply(manual("blog", 10));

        assertThatThrownBy(() -> desiredState.undo("web", 1, ANN))
                .hasMessageContaining("app 'web' could have 16 instances at once");
    }

    @Test
    void an_app_above_a_lowered_limit_can_be_reduced_and_changed() {
        apply(automatic("web", 19, 1));
        var lowered = store.desiredState(10);

        assertThat(lowered.apply(automatic("web", 18, 1), "raw", ANN).outcome())
                .isEqualTo(ApplyOutcome.CHANGED);
        assertThat(lowered.restart("web", ANN).outcome()).isEqualTo(ApplyOutcome.CHANGED);
        assertThatThrownBy(() -> lowered.apply(automatic("web", 19, 1), "raw", ANN))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void a_deleted_app_leaves_its_room_to_others() {
        var web = apply(manual("web", 19)).app();
        assertThatThrownBy(() -> apply(manual("blog", 1))).isInstanceOf(Refusal.class);

        desiredState.delete("web", ANN);
        store.fencedWrites().delete(store.beginTerm(1), web);

        assertThat(apply(manual("blog", 19)).outcome()).isEqualTo(ApplyOutcome.CREATED);
    }

    private DesiredState.Granted apply(AppSpec spec) {
        return desiredState.apply(spec, "raw", ANN);
    }

    private static AppSpec automatic(String name, int maxReplicas, int maxSurge) {
        return SpecDraft.of(name)
                .scaling(new ScalingDraft().auto(1, maxReplicas).requests(100).scaling())
                .rollout(Fixtures.rollout(maxSurge, 0))
                .spec();
    }

    private static AppSpec manual(String name, int replicas) {
        return SpecDraft.of(name)
                .scaling(new ScalingDraft().bounds(replicas, 100).scaling())
                .rollout(Fixtures.rollout(1, 0))
                .spec();
    }
}
