package io.autoserve.store;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Term;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests the guarantees of the tables, on a real PostgreSQL. */
class StoreIT {
    @AutoClose private static final Postgres postgres = Postgres.start();
    private static final Executor THREADS = Thread::startVirtualThread;

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final Postgres.Database tables = store.tables();
    private final Database database = store.database();
    private final DesiredState desiredState = store.desiredState();
    private final FencedWrites fencedWrites = store.fencedWrites();
    private final StateReader stateReader = store.stateReader();
    private final Term term = store.beginTerm(1);

    @Test
    void an_app_is_registered_once() {
        assertThat(desiredState.register(web(), "raw", By.actor("ann")).outcome())
                .isEqualTo(ApplyOutcome.CREATED);
        assertThatThrownBy(() -> desiredState.register(web(), "raw", By.actor("ann")))
                .isInstanceOf(Refusal.class)
                .hasMessage("app 'web' already exists: change it with 'autoserve apply'");
        assertThat(stateReader.raw("web")).contains("raw");
    }

    @Test
    void a_page_of_news_has_a_limited_number_of_specs() {
        for (var i = 0; i < 70; i++) {
            desiredState.register(spec("web-" + i, rollout(1, 0)), "raw", By.actor("ann"));
        }
        var connection = await(store.pool().getConnection());
        try {
            var first = await(StateReader.news(connection, 0));
            var second = await(StateReader.news(connection, first.events().getLast().seq()));

            assertThat(first.events()).hasSize(64);
            assertThat(first.specs()).hasSize(64);
            assertThat(second.events()).hasSize(6);
            assertThat(second.events().getLast().seq()).isEqualTo(second.lastSeq());
        } finally {
            connection.close();
        }
    }

    @Test
    void of_many_who_register_one_name_at_once_one_succeeds() {
        var tries =
                IntStream.range(0, 8)
                        .mapToObj(_ ->
                                CompletableFuture.supplyAsync(
                                        () -> desiredState.register(web(), "raw", By.actor("ann")),
                                        THREADS))
                        .toList();
        await(
                "all have tried",
                () -> tries,
                them -> them.stream().allMatch(CompletableFuture::isDone));
        assertThat(tries).filteredOn(one -> !one.isCompletedExceptionally()).hasSize(1);
        assertThat(stateReader.clusterState().apps()).hasSize(1);
    }

    @Test
    void applying_the_same_again_changes_nothing_and_says_nothing() {
        desiredState.apply(web(), "raw", By.actor("ann"));
        var before = stateReader.clusterState();
        assertThat(desiredState.apply(web(), "raw", By.actor("ann")).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED);
        assertThat(stateReader.clusterState()).isEqualTo(before);
    }

    @Test
    void the_event_of_a_deploy_names_its_cause() {
        desiredState.apply(web(), "raw", By.actor("ann"));
        var changed = spec("web", "other", rollout(1, 0));

        desiredState.apply(
                changed, "raw 2", 1, null, "other:2 by alice, commit 1a2b", By.actor("hook-1"));

        var connection = await(store.pool().getConnection());
        try {
            var event = await(StateReader.news(connection, 0)).events().getLast();
            assertThat(event.reason())
                    .isEqualTo("revision 2 applied: other:2 by alice, commit 1a2b");
            assertThat(event.actor()).isEqualTo("hook-1");
        } finally {
            connection.close();
        }
    }

    @Test
    void what_was_made_from_an_older_revision_is_refused_unless_it_is_there_already() {
        desiredState.apply(web(), "raw", By.actor("ann"));
        var changed = spec("web", "other", rollout(1, 0));
        assertThat(desiredState.apply(changed, "raw 2", 1, null, By.actor("ann")).app().revision())
                .isEqualTo(2);

        assertThatThrownBy(() ->
                        desiredState.apply(
                                spec("web", "third", rollout(1, 0)),
                                "raw 3",
                                1,
                                null,
                                By.actor("bob")))
                .hasMessageContaining("at revision 2, but your change is based on revision 1");
        assertThat(desiredState.apply(changed, "raw 2", 1, null, By.actor("ann")).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED);
        assertThat(
                        desiredState
                                .apply(
                                        spec("web", "third", rollout(1, 0)),
                                        "raw 3",
                                        2,
                                        null,
                                        By.actor("bob"))
                                .app()
                                .revision())
                .isEqualTo(3);
        assertThatThrownBy(() ->
                        desiredState.apply(
                                spec("nobody", rollout(1, 0)), "raw", 1, null, By.actor("bob")))
                .hasMessage("app 'nobody' does not exist");
    }

    @Test
    void a_change_makes_a_revision_but_only_a_change_of_containers_makes_new_ones() {
        desiredState.apply(web(), "raw", By.actor("ann"));
        var rolled = desiredState.apply(spec("web", rollout(2, 0)), "raw 2", By.actor("ann")).app();
        assertThat(rolled.revision()).isEqualTo(2);
        assertThat(rolled.template()).isEqualTo(1);
        var changed =
                desiredState
                        .apply(spec("web", "other", rollout(1, 0)), "raw 3", By.actor("ann"))
                        .app();
        assertThat(changed.revision()).isEqualTo(3);
        assertThat(changed.template()).isEqualTo(3);
    }

    @Test
    void what_was_scaled_by_hand_stays_when_the_spec_says_nothing_new_of_it() {
        desiredState.apply(web(), "raw", By.actor("ann"));
        desiredState.scale("web", 7, By.actor("ann"));
        assertThat(
                        desiredState
                                .apply(spec("web", "other", rollout(1, 0)), "raw", By.actor("ann"))
                                .app()
                                .replicas())
                .isEqualTo(7);
    }

    @Test
    void an_app_that_is_leaving_takes_no_more_wishes_until_it_is_gone() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        desiredState.delete("web", By.actor("ann"));
        assertThat(desiredState.delete("web", By.actor("ann")).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED);
        assertThatThrownBy(() -> desiredState.scale("web", 2, By.actor("ann")))
                .hasMessage("app 'web' is being deleted: retry after it is removed");
        assertThat(fencedWrites.delete(term, app)).isTrue();
        assertThat(desiredState.register(web(), "raw", By.actor("ann")).app().id())
                .isNotEqualTo(app.id());
    }

    @Test
    void an_unknown_app_is_refused_by_name() {
        assertThatThrownBy(() -> desiredState.restart("nobody", By.actor("ann")))
                .hasMessage("app 'nobody' does not exist");
    }

    @Test
    void an_event_refers_to_the_revision_and_has_only_what_changed() {
        var big = "x".repeat(100_000);
        var before = SpecDraft.of("web").environment(new Variable.Literal("BIG", big)).spec();
        var after =
                SpecDraft.of("web")
                        .image("web:2")
                        .environment(new Variable.Literal("BIG", big + "y"))
                        .spec();
        desiredState.apply(before, "raw", By.actor("ann"));
        desiredState.apply(after, "raw", By.actor("ann"));
        desiredState.scale("web", 3, By.actor("ann"));

        assertThat(store.tables().execute("select max(length(payload::text)) < 2000 from events"))
                .containsExactly("t");
        var events = stateReader.events(EventQuery.behind(0, 10));
        assertThat(events)
                .extracting(event -> ((Change.PutApp) event.change()).revision())
                .containsExactly(1, 2, 2);
        assertThat(((Change.PutApp) events.get(1).change()).changes())
                .extracting(Event.FieldChange::pointer)
                .containsExactly("/spec/environment/0/value", "/spec/image");
        assertThat(((Change.PutApp) events.get(2).change()).changes()).isEmpty();

        var audited = stateReader.stateSince(0);
        assertThat(audited.specs())
                .containsOnly(
                        entry(events.getFirst().seq(), before), entry(events.get(1).seq(), after));
    }

    @Test
    void an_app_that_often_changes_keeps_few_revisions() {
        for (var i = 0; i < 30; i++) {
            desiredState.apply(
                    SpecDraft.of("web").image("web:" + i).spec(), "raw", By.actor("ann"));
        }

        var app = stateReader.clusterState().apps().getFirst();
        assertThat(stateReader.revisions(app.id()))
                .extracting(Revision::number)
                .contains(30, 21, 1) // the first revision still serves
                .hasSizeLessThanOrEqualTo(12);
    }

    @Test
    void failed_revisions_and_rollbacks_displace_none_that_served() {
        for (var i = 1; i <= 3; i++) {
            applied("web:" + i);
            completed();
        }
        for (var i = 0; i < 12; i++) {
            applied("web:missing-" + i);
            rolledBack();
        }

        var app = app();
        assertThat(app.revision()).isEqualTo(27);
        assertThat(stateReader.revisions(app.id()))
                .extracting(Revision::number)
                .contains(27, 18, 3, 2, 1)
                .doesNotContain(17, 4);
        assertThat(desiredState.undo("web", 1, By.actor("ann")).app().spec().image())
                .isEqualTo("web:1");
        assertThatThrownBy(() -> desiredState.undo("web", 4, By.actor("ann")))
                .hasMessage(
                        "revision 4 of app 'web' is no longer kept: 'autoserve rollout history web' lists the kept revisions");
    }

    @Test
    void only_the_last_ten_revisions_that_served_are_kept() {
        for (var i = 1; i <= 15; i++) {
            applied("web:" + i);
            completed();
        }
        fencedWrites.forgetThePast(term);

        assertThat(stateReader.revisions(app().id()))
                .extracting(Revision::number)
                .containsExactly(15, 14, 13, 12, 11, 10, 9, 8, 7, 6);
    }

    @Test
    void a_revision_shows_whether_it_served() {
        applied("web:1");
        completed();
        applied("web:missing");
        rolledBack();

        assertThat(stateReader.revisions(app().id()))
                .extracting(revision -> revision.number() + " " + revision.served())
                .containsExactly("3 false", "2 false", "1 true");
    }

    @Test
    void undo_goes_to_the_newest_revision_that_served() {
        applied("web:1");
        completed();
        applied("web:2");
        completed();
        applied("web:missing");
        rolledBack();

        var undone = desiredState.undo("web", null, By.actor("ann")).app();

        assertThat(undone.spec().image()).isEqualTo("web:1");
        assertThat(stateReader.events(EventQuery.behind(0, 100)).getLast().reason())
                .isEqualTo("revision 5 restores revision 1");
    }

    @Test
    void without_an_earlier_revision_that_served_undo_is_refused() {
        applied("web:1");
        applied("web:missing");
        rolledBack();

        assertThatThrownBy(() -> desiredState.undo("web", null, By.actor("ann")))
                .hasMessageContaining("has no earlier revision that served");
        assertThatThrownBy(() -> desiredState.undo("web", 9, By.actor("ann")))
                .hasMessageContaining("has no revision 9");
    }

    @Test
    void a_revision_whose_rollout_was_ended_by_a_stop_did_not_serve() {
        applied("web:1");
        becameReady();
        applied("web:missing");
        desiredState.stop("web", By.actor("ann"));
        desiredState.start("web", By.actor("ann"));
        applied("web:2");
        completed();

        assertThat(desiredState.undo("web", null, By.actor("ann")).app().spec().image())
                .isEqualTo("web:1");
    }

    @Test
    void a_revision_whose_rollout_was_ended_by_no_desired_instances_did_not_serve() {
        applied("web:1");
        becameReady();
        applied("web:missing");
        desiredState.scale("web", 0, By.actor("ann"));
        desiredState.scale("web", 1, By.actor("ann"));
        applied("web:2");
        completed();

        assertThat(desiredState.undo("web", null, By.actor("ann")).app().spec().image())
                .isEqualTo("web:1");
    }

    @Test
    void a_first_revision_that_never_became_ready_did_not_serve() {
        applied("web:missing");
        desiredState.apply(
                SpecDraft.of("web").image("web:missing").rollout(rollout(2, 0)).spec(),
                "raw",
                By.actor("ann"));
        applied("web:2");
        completed();

        assertThatThrownBy(() -> desiredState.undo("web", null, By.actor("ann")))
                .hasMessageContaining("has no earlier revision that served");
    }

    @Test
    void a_revision_applied_while_the_app_was_stopped_serves_once_an_instance_is_ready() {
        applied("web:1");
        becameReady();
        desiredState.stop("web", By.actor("ann"));
        applied("web:missing");
        applied("web:2");
        desiredState.start("web", By.actor("ann"));
        becameReady();
        applied("web:4");
        completed();

        assertThat(desiredState.undo("web", null, By.actor("ann")).app().spec().image())
                .isEqualTo("web:2");
        completed();
        applied("web:6");
        completed();
        assertThat(served()).containsExactly("1", "3", "4", "5", "6");
    }

    private List<String> served() {
        return tables.execute("select number from revisions where served order by number");
    }

    private void applied(String image) {
        desiredState.apply(SpecDraft.of("web").image(image).spec(), "raw", By.actor("ann"));
    }

    /** Runs an instance of the app until it is ready, and removes it. */
    private void becameReady() {
        var instance = fencedWrites.occupy(term, app(), 0, "first").orElseThrow();
        move(instance, now -> now.running(Fixtures.container(now), NOON));
        move(instance, now -> now.checked(true, "answers", NOON));
        assertThat(fencedWrites.vacate(term, instance, "removed")).isTrue();
    }

    /** Completes the rollout of the app. Without one, an instance becomes ready. */
    private void completed() {
        if (app().rollout() == null) {
            becameReady();
            return;
        }
        fencedWrites.roll(
                term,
                app().id(),
                Event.Type.RolloutCompleted,
                "serves",
                (row, _) -> Optional.of(row.rolling(null, NOON)));
    }

    private void rolledBack() {
        fencedWrites.roll(
                term,
                app().id(),
                Event.Type.RolloutRolledBack,
                "fails",
                (row, before) ->
                        Optional.of(row.backTo(before, before.spec(), row.replicas(), NOON)));
    }

    private App app() {
        return stateReader.clusterState().apps().getFirst();
    }

    @Test
    void every_change_is_an_event_with_what_it_made() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var instance = fencedWrites.occupy(term, app, 0, "1 desired, 0 running").orElseThrow();
        var events = stateReader.events(EventQuery.behind(0, 10));
        assertThat(events)
                .extracting(Event::type)
                .containsExactly("AppRegistered", "InstanceStarting");
        assertThat(events.getFirst().change()).isEqualTo(Change.PutApp.of(app, true, List.of()));
        assertThat(events.getLast().change()).isEqualTo(new Change.PutInstance(instance));
        assertThat(stateReader.clusterState().instances()).containsExactly(instance);
    }

    @Test
    void a_late_commit_never_hides_under_a_lower_number() throws Exception {
        var appended = new CountDownLatch(1);
        var mayCommit = new CountDownLatch(1);
        var slow =
                CompletableFuture.supplyAsync(
                        () ->
                                database.committed(transaction -> {
                                    append(transaction, "slow");
                                    transaction.settle();
                                    appended.countDown();
                                    pause(mayCommit);
                                    return "slow";
                                }),
                        THREADS);
        appended.await();
        var quick =
                CompletableFuture.supplyAsync(
                        () ->
                                database.committed(transaction -> {
                                    append(transaction, "quick");
                                    return "quick";
                                }),
                        THREADS);
        tables.awaitRow("select 1 from pg_locks where locktype = 'advisory' and not granted");
        assertThat(news().lastSeq()).isZero();

        mayCommit.countDown();
        assertThat(slow.get().seq()).isLessThan(quick.get().seq());
        assertThat(news().events()).extracting(Event::reason).containsExactly("slow", "quick");
    }

    @Test
    void an_error_in_the_work_is_not_taken_for_a_database_that_is_away() {
        var bug = new NullPointerException("a bug");

        assertThatThrownBy(() ->
                        database.transaction(transaction -> {
                            append(transaction, "undone");
                            throw bug;
                        }))
                .isSameAs(bug);
        assertThat(news().events()).isEmpty();
    }

    private StateReader.News news() {
        return await(store.pool().withConnection(connection -> StateReader.news(connection, 0)));
    }

    private static void append(Transaction transaction, String reason) {
        transaction.append(0, "ann", null, Event.Type.AppScaled, reason, new Change.Nothing());
    }

    private static void pause(CountDownLatch until) {
        try {
            until.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void nothing_of_an_old_term_is_written_not_even_with_the_right_epoch() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var before = stateReader.clusterState();
        var zombie = new Term(term.epoch(), UUID.randomUUID());
        var old = new Term(term.epoch() - 1, term.id());
        for (var over : new Term[] {zombie, old}) {
            assertThatThrownBy(() -> fencedWrites.occupy(over, app, 0, "late"))
                    .isInstanceOf(Deposed.class);
            assertThatThrownBy(
                            () -> fencedWrites.note(over, null, Event.Type.RoutesRejected, "late"))
                    .isInstanceOf(Deposed.class);
        }
        assertThat(stateReader.clusterState()).isEqualTo(before);
    }

    @Test
    void a_claim_waits_for_a_new_term_that_is_being_written_and_then_fails() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var next = new Term(2, UUID.randomUUID());
        var mayCommit = new CountDownLatch(1);
        var enthroned =
                CompletableFuture.supplyAsync(
                        () ->
                                database.transaction(transaction -> {
                                    transaction.run(
                                            "update leader set epoch = $1, id = $2",
                                            next.epoch(),
                                            next.id());
                                    pause(mayCommit);
                                    return next;
                                }),
                        THREADS);
        tables.awaitRow("select 1 from pg_stat_activity where state = 'idle in transaction'");
        var claim =
                CompletableFuture.supplyAsync(
                        () -> fencedWrites.occupy(term, app, 0, "late"), THREADS);
        tables.awaitRow("select 1 from pg_locks where not granted");
        mayCommit.countDown();
        enthroned.join();
        assertThatThrownBy(claim::join).hasCauseInstanceOf(Deposed.class);
        assertThat(stateReader.clusterState().instances()).isEmpty();
    }

    @Test
    void a_slot_is_occupied_once_and_an_instance_that_moved_on_is_left_alone() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var instance = fencedWrites.occupy(term, app, 0, "first").orElseThrow();
        assertThat(fencedWrites.occupy(term, app, 0, "second")).isEmpty();
        var moved =
                fencedWrites.move(
                        term, instance.id(), Event.Type.InstanceReady, _ -> Optional.empty());
        assertThat(moved).isEmpty();
        assertThat(fencedWrites.move(term, 999, Event.Type.InstanceReady, Optional::of)).isEmpty();
        assertThat(stateReader.clusterState().instances()).containsExactly(instance);
    }

    @Test
    void a_slot_remembers_its_failures_and_its_next_occupant_has_another_id() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var first = fencedWrites.occupy(term, app, 0, "first").orElseThrow();
        move(first, now -> now.failed(3, NOON, "died", NOON));
        move(first, now -> now.pending(NOON));
        var second = fencedWrites.occupy(term, app, 0, "again").orElseThrow();
        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(second.failures()).isEqualTo(3);
        assertThat(second.restarts()).isEqualTo(1);
        assertThat(second.state()).isEqualTo(State.STARTING);
    }

    private Instance move(Instance instance, UnaryOperator<Instance> step) {
        return fencedWrites
                .move(
                        term,
                        instance.id(),
                        Event.Type.InstanceStarted,
                        row -> Optional.of(step.apply(row)))
                .orElseThrow();
    }

    @Test
    void an_id_that_a_failover_or_a_restored_backup_lost_is_not_given_again() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var lost = fencedWrites.occupy(term, app, 0, "first").orElseThrow();
        tables.execute("delete from instances");
        tables.execute("alter sequence instance_ids restart");

        var next = fencedWrites.occupy(store.beginTerm(1), app, 0, "again").orElseThrow();

        assertThat(next.id()).isNotEqualTo(lost.id());
    }

    @Test
    void the_whole_walk_of_an_instance_is_read_back_as_it_was_written() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var instance = fencedWrites.occupy(term, app, 0, "first").orElseThrow();
        List<UnaryOperator<Instance>> steps =
                List.of(
                        now -> now.running(Fixtures.container(now), NOON),
                        now -> now.checked(true, "answers", NOON),
                        now -> now.draining(NOON.plusSeconds(30), "scaled in", NOON),
                        now -> now.stopping("drained", NOON));
        for (var step : steps) {
            var moved = move(instance, step);
            assertThat(stateReader.clusterState().instances()).containsExactly(moved);
        }
        assertThat(fencedWrites.vacate(term, instance, "removed")).isTrue();
        assertThat(fencedWrites.vacate(term, instance, "removed")).isFalse();
        assertThat(stateReader.clusterState().instances()).isEmpty();
    }

    @Test
    void a_claim_that_fails_half_way_leaves_nothing() {
        var app = desiredState.apply(web(), "raw", By.actor("ann")).app();
        var instance = fencedWrites.occupy(term, app, 0, "first").orElseThrow();
        var before = stateReader.clusterState();
        assertThatThrownBy(() ->
                        fencedWrites.move(
                                term,
                                instance.id(),
                                Event.Type.InstanceDraining,
                                now -> Optional.of(inNoRevision(now))))
                .hasMessageContaining("instances_app_id_revision_fkey");
        assertThat(stateReader.clusterState()).isEqualTo(before);
    }

    private static Instance inNoRevision(Instance row) {
        var revised = Fixtures.app("web", 1, 99, App.Intent.RUN, rollout(1, 0));
        return Instance.starting(row.id(), revised, row.index(), null, "test", NOON);
    }

    private static AppSpec web() {
        return spec("web", rollout(1, 0));
    }
}
