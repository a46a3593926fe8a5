package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.By;
import io.autoserve.model.EventQuery;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Scope;
import io.autoserve.plan.Action;
import io.autoserve.store.FencedWrites;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests automatic rollbacks on an installation whose limits were lowered, on a real PostgreSQL. */
class RecorderIT {
    private static final By ANN = By.actor("ann");
    private static final EventQuery NEWEST =
            new EventQuery(null, Scope.EVERYTHING, null, null, null, null, 1);

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);

    @Test
    void a_revision_within_the_limits_is_restored() {
        rolledOut(sized(100, 1), sized(50, 1));

        rollBack(store.fencedWrites(20, maximum(100)));

        assertThat(app().revision()).isEqualTo(3);
        assertThat(app().spec().resources().memoryBytes()).isEqualTo(100);
        assertThat(app().rollout()).isNull();
    }

    @Test
    void a_revision_above_the_maximum_of_memory_is_not_restored() {
        rolledOut(sized(100, 1), sized(50, 1));

        rollBack(store.fencedWrites(Settings.MAX_INSTANCES, maximum(60)));

        assertKept(
                "memory must be at most 60 bytes on this installation (AUTOSERVE_MAX_MEMORY), was 100 bytes");
    }

    @Test
    void a_revision_from_before_the_maximum_that_has_no_limit_is_restored_as_it_was() {
        rolledOut(sized(0, 1), sized(50, 1));

        rollBack(store.fencedWrites(Settings.MAX_INSTANCES, maximum(60)));

        assertThat(app().revision()).isEqualTo(3);
        assertThat(app().spec().resources().memoryBytes()).isZero();
        assertThat(app().rollout()).isNull();
    }

    @Test
    void a_revision_for_which_other_apps_left_no_room_is_not_restored() {
        rolledOut(sized(50, 10), sized(60, 2));

        rollBack(store.fencedWrites(8, InstanceLimits.NONE));

        assertKept("app 'web' could have 11 instances at once");
    }

    private void assertKept(String why) {
        assertThat(app().revision()).isEqualTo(2);
        assertThat(app().rollout()).isNotNull().extracting(App.Rollout::paused).isEqualTo(true);
        var last = store.stateReader().events(NEWEST).getFirst();
        assertThat(last.type()).isEqualTo("RolloutPaused");
        assertThat(last.reason())
                .startsWith("it fails; revision 1 cannot be restored automatically: " + why);
    }

    private void rolledOut(SpecDraft earlier, SpecDraft failing) {
        store.desiredState().apply(earlier.image("demo:1").spec(), "1", ANN);
        store.desiredState().apply(failing.image("demo:2").spec(), "2", ANN);
    }

    private void rollBack(FencedWrites fencedWrites) {
        var app = app();
        var before = store.stateReader().before(app).orElseThrow();
        new Recorder(store.beginTerm(1), fencedWrites, new FakeRuntime(() -> NOON), () -> NOON)
                .record(new Action.RollBack(app, before, "it fails"));
    }

    private App app() {
        return store.stateReader().clusterState().apps().getFirst();
    }

    private static SpecDraft sized(long memory, int maxReplicas) {
        return SpecDraft.of("web")
                .resources(0, memory)
                .scaling(new ScalingDraft().auto(1, maxReplicas).requests(100).scaling());
    }

    private static InstanceLimits maximum(long memory) {
        return new InstanceLimits(Resources.UNLIMITED, new Resources(0, memory));
    }
}
