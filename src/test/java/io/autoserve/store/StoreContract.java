package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.Settings;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Instance;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.LogLine;
import io.autoserve.model.PreviousLog;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/**
 * What the tables guarantee, on PostgreSQL and on the model of PostgreSQL in which the simulation
 * runs. Each subclass has one of them.
 */
abstract class StoreContract {
    private static final By ANN = By.actor("ann");

    abstract Database database();

    /** Runs each of these at the same time in a thread of its own, and returns when all ended. */
    abstract void run(Runnable... works);

    private DesiredState desiredState() {
        return new DesiredState(
                database(), () -> NOON, Settings.MAX_INSTANCES, InstanceLimits.NONE);
    }

    private FencedWrites fencedWrites() {
        return new FencedWrites(
                database(), "controller", () -> NOON, Settings.MAX_INSTANCES, InstanceLimits.NONE);
    }

    private StateReader.ClusterState state() {
        var read = new CopyOnWriteArrayList<StateReader.ClusterState>();
        run(() -> read.add(new StateReader(database()).clusterState()));
        return read.getFirst();
    }

    private Term begin(long epoch) {
        var term = new Term(epoch, new UUID(7, epoch));
        run(() ->
                database()
                        .transaction(transaction ->
                                transaction
                                        .run(
                                                "update leader set epoch = $1, id = $2",
                                                epoch,
                                                term.id())
                                        .rowCount()));
        return term;
    }

    private static AppSpec web() {
        return spec("web", rollout(1, 0));
    }

    private App registered() {
        run(() -> desiredState().register(web(), "raw", ANN));
        return state().apps().getFirst();
    }

    @Test
    void an_app_is_read_as_it_was_written() {
        var app = registered();

        assertThat(app.spec()).isEqualTo(web());
        assertThat(app.revision()).isEqualTo(1);
        assertThat(state().seq()).isPositive();
    }

    @Test
    void an_app_that_may_sleep_begins_awake_and_wakes_for_a_new_spec() {
        var policy = new ScalingDraft().sleepsAfter(Duration.ofMinutes(5)).scaling();
        var sleepy = SpecDraft.of("web").scaling(policy).spec();
        var begun = DesiredState.registered(1, sleepy, NOON);
        var asleep = begun.wanting(App.Intent.RUN, 0, 0, NOON);

        assertThat(begun.replicas()).isEqualTo(1);
        assertThat(DesiredState.revised(asleep, sleepy, null, NOON).replicas()).isEqualTo(1);
    }

    @Test
    void of_two_registrations_at_the_same_time_one_is_refused() {
        var refusals = new CopyOnWriteArrayList<String>();
        Runnable registration =
                () -> {
                    try {
                        desiredState().register(web(), "raw", ANN);
                    } catch (Refusal refusal) {
                        refusals.add(String.valueOf(refusal.getMessage()));
                    }
                };

        run(registration, registration, registration);

        assertThat(refusals).hasSize(2);
        assertThat(state().apps()).hasSize(1);
    }

    @Test
    void changes_at_the_same_time_all_count() {
        registered();
        Runnable restart = () -> desiredState().restart("web", ANN);

        run(restart, restart, restart, restart);

        assertThat(state().apps().getFirst().restart()).isEqualTo(4);
    }

    @Test
    void a_request_with_an_idempotency_key_runs_once_however_often_it_is_sent() {
        registered();
        var by = new By("ann", new IdempotentRequest("ann", "key", "restart", null));
        var seen = new CopyOnWriteArrayList<Integer>();
        Runnable request = () -> seen.add(desiredState().restart("web", by).app().restart());

        run(request, request, request);

        assertThat(seen).containsExactly(1, 1, 1);
        assertThat(state().apps().getFirst().restart()).isEqualTo(1);
    }

    @Test
    void a_slot_keeps_the_log_of_the_instance_that_failed_last() {
        var app = registered();
        var term = begin(1);
        var second = List.of(new LogLine(NOON, true, "second"));
        var logs = new CopyOnWriteArrayList<PreviousLog>();

        run(() -> {
            var instance = fencedWrites().occupy(term, app, 0, "test").orElseThrow();
            fencedWrites().keepLog(term, instance, List.of(new LogLine(NOON, false, "first")));
            fencedWrites().keepLog(term, instance, second);
            logs.addAll(new InstanceLogTable(database()).of("web"));
        });

        assertThat(logs).containsExactly(new PreviousLog("web-0", NOON, second));
    }

    @Test
    void a_controller_whose_term_is_over_commits_nothing() {
        var app = registered();
        var before = begin(1);
        begin(2);

        run(() ->
                assertThatThrownBy(() -> fencedWrites().occupy(before, app, 0, "test"))
                        .isInstanceOf(Deposed.class));

        assertThat(state().instances()).isEmpty();
    }

    @Test
    void an_instance_of_a_worker_has_no_port() {
        var worker = SpecDraft.of("jobs").worker().spec();
        run(() -> desiredState().register(worker, "raw", ANN));
        var app = state().apps().getFirst();
        var term = begin(1);

        run(() -> assertThat(fencedWrites().occupy(term, app, 0, "test")).isPresent());

        assertThat(app.spec()).isEqualTo(worker);
        assertThat(state().instances().getFirst().port()).isZero();
    }

    @Test
    void a_slot_is_occupied_once() {
        var app = registered();
        var term = begin(1);
        var occupied = new CopyOnWriteArrayList<Optional<Instance>>();
        Runnable start = () -> occupied.add(fencedWrites().occupy(term, app, 0, "test"));

        run(start);
        run(start);

        assertThat(occupied.stream().filter(Optional::isPresent)).hasSize(1);
        assertThat(state().instances()).hasSize(1);
    }

    @Test
    void an_instance_goes_through_its_states_until_its_slot_is_gone() {
        var app = registered();
        var term = begin(1);
        run(() -> assertThat(fencedWrites().occupy(term, app, 0, "test")).isPresent());
        var starting = state().instances().getFirst();
        run(() ->
                fencedWrites()
                        .move(
                                term,
                                starting.id(),
                                Event.Type.InstanceStarted,
                                it -> Optional.of(it.running(Fixtures.container(it), NOON))));
        assertThat(state().instances().getFirst().state()).isEqualTo(Instance.State.RUNNING);

        run(() -> assertThat(fencedWrites().vacate(term, starting, "test")).isTrue());

        assertThat(state().instances()).isEmpty();
    }

    @Test
    void an_app_is_deleted_only_without_instances() {
        var app = registered();
        var term = begin(1);
        run(() -> assertThat(fencedWrites().occupy(term, app, 0, "test")).isPresent());
        var instance = state().instances().getFirst();
        run(() -> desiredState().delete("web", ANN));

        run(() -> assertThat(fencedWrites().delete(term, app)).isFalse());
        run(() -> assertThat(fencedWrites().vacate(term, instance, "test")).isTrue());
        run(() -> assertThat(fencedWrites().delete(term, app)).isTrue());

        assertThat(state().apps()).isEmpty();
    }

    @Test
    void an_undo_returns_to_the_revision_before_the_rollout() {
        registered();
        run(() -> desiredState().apply(spec("web", "example/demo:2", rollout(1, 0)), "2", ANN));
        var rolling = state();
        assertThat(rolling.before()).hasSize(1);

        run(() -> desiredState().undo("web", null, ANN));

        var app = state().apps().getFirst();
        assertThat(app.spec()).isEqualTo(web());
        assertThat(app.revision()).isEqualTo(3);
        assertThat(app.template()).isEqualTo(1);
        assertThat(app.rollout()).isNull();
    }

    @Test
    void a_refused_change_leaves_nothing_behind() {
        registered();
        var seq = state().seq();

        run(() ->
                assertThatThrownBy(() -> desiredState().pause("web", ANN))
                        .isInstanceOf(Refusal.class));

        assertThat(state().seq()).isEqualTo(seq);
        assertThat(state().tokens()).isEqualTo(List.of());
    }
}
