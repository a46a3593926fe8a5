package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.By;
import io.autoserve.model.EventQuery;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.LogLine;
import io.autoserve.model.Scope;
import io.autoserve.plan.Action;
import io.autoserve.plan.Action.Fail.Cause;
import io.autoserve.plan.Planner;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.InstanceLogTable;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Tests on a real PostgreSQL what a leader records: failures with the output of the container, and
 * automatic rollbacks on an installation whose limits were lowered.
 */
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

    @Test
    void what_a_failed_instance_wrote_is_kept() {
        fail("no database", "giving up");

        assertThat(new InstanceLogTable(store.database()).of("web"))
                .singleElement()
                .satisfies(log -> {
                    assertThat(log.instance()).isEqualTo("web-0");
                    assertThat(log.lines())
                            .extracting(LogLine::text)
                            .containsExactly("no database", "giving up");
                });
        assertThat(store.stateReader().events(NEWEST).getFirst().reason())
                .contains("it exited, exit code 3; last output: no database / giving up");
    }

    @Test
    void an_instance_that_failed_without_output_replaces_the_log_of_the_one_before() {
        fail();

        assertThat(new InstanceLogTable(store.database()).of("web"))
                .singleElement()
                .satisfies(log -> assertThat(log.lines()).isEmpty());
    }

    /** Records the failure of an instance, in a slot that has the log of an earlier one. */
    private void fail(String... output) {
        store.desiredState().register(SpecDraft.of("web").spec(), "1", ANN);
        var engine = new FakeRuntime(() -> NOON);
        var term = store.beginTerm(1);
        var writes = store.fencedWrites();
        var started = writes.occupy(term, app(), 0, "test").orElseThrow();
        writes.keepLog(term, started, List.of(new LogLine(NOON, false, "earlier")));
        var container = container(started);
        engine.put(container);
        var recorder = new Recorder(term, writes, engine, () -> NOON);
        recorder.runs(started, container);
        engine.end("web-0", 3, output);
        var running = store.stateReader().clusterState().instances().getFirst();

        recorder.record(Planner.failure(app(), running, Cause.CONTAINER, "it exited", NOON));
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
