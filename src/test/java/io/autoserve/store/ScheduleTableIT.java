package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppSpec.Schedule.Concurrency;
import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.Refusal;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests the table of schedules on a real PostgreSQL. */
class ScheduleTableIT {
    private static final By ANN = By.actor("ann");
    private static final Schedule NIGHTLY = schedule("0 4 * * *");
    private static final Instant DUE = NOON.plusSeconds(3600);

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final TaskTable tasks = store.tasks();
    private final ScheduleTable table = tasks.schedules();

    @Test
    void a_due_time_gets_one_task_whichever_leader_asks() {
        var app = apply(NIGHTLY);

        var task = table.start(store.beginTerm(1), app, NIGHTLY, DUE).orElseThrow();

        assertThat(task.schedule()).isEqualTo("nightly");
        assertThat(task.dueAt()).isEqualTo(DUE);
        assertThat(table.start(store.beginTerm(2), app, NIGHTLY, DUE)).isEmpty();
        assertThat(table.start(store.beginTerm(2), app, NIGHTLY, NOON)).isEmpty();
        assertThat(tasks.all("web", 10)).containsExactly(task);
        assertThat(status().handledUntil()).isEqualTo(DUE);
    }

    @Test
    void a_leader_whose_term_is_over_starts_nothing() {
        var app = apply(NIGHTLY);
        var over = store.beginTerm(1);
        store.beginTerm(2);

        assertThatThrownBy(() -> table.start(over, app, NIGHTLY, DUE)).isInstanceOf(Deposed.class);
        assertThat(tasks.all("web", 10)).isEmpty();
    }

    @Test
    void a_skipped_time_is_not_started_later() {
        var app = apply(NIGHTLY);
        var term = store.beginTerm(1);

        table.skip(term, app, NIGHTLY, DUE, "too late");

        assertThat(table.start(term, app, NIGHTLY, DUE)).isEmpty();
        assertThat(reasons("ScheduleSkipped"))
                .containsExactly("schedule nightly: skipped its time %s: too late".formatted(DUE));
    }

    @Test
    void a_new_revision_keeps_what_is_handled_unless_the_times_change() {
        var app = apply(NIGHTLY);
        table.start(store.beginTerm(1), app, NIGHTLY, DUE);

        store.desiredState().apply(spec("web:2", NIGHTLY), "2", ANN);
        assertThat(status().handledUntil()).isEqualTo(DUE);

        store.desiredState().apply(spec("web:2", schedule("0 5 * * *")), "3", ANN);
        assertThat(status().handledUntil()).isEqualTo(NOON);

        store.desiredState().apply(SpecDraft.of("web").spec(), "4", ANN);
        assertThat(table.of("web")).isEmpty();
    }

    @Test
    void a_suspended_schedule_starts_nothing_until_it_is_resumed() {
        var app = apply(NIGHTLY);

        table.suspend("web", "nightly", ANN);
        table.suspend("web", "nightly", By.actor("bob"));

        assertThat(status().suspendedBy()).isEqualTo("ann");
        assertThat(table.start(store.beginTerm(1), app, NIGHTLY, DUE)).isEmpty();

        table.resume("web", "nightly", ANN);
        assertThat(status().suspended()).isFalse();
        assertThat(table.start(store.beginTerm(1), app, NIGHTLY, DUE)).isPresent();
        assertThat(reasons("ScheduleSuspended")).hasSize(1);
        assertThatThrownBy(() -> table.resume("web", "hourly", ANN)).isInstanceOf(Refusal.class);
    }

    @Test
    void a_replaced_task_is_cancelled_once() {
        var app = apply(NIGHTLY);
        var term = store.beginTerm(1);
        var task = table.start(term, app, NIGHTLY, DUE).orElseThrow();

        table.supersede(term, NIGHTLY, task);
        table.supersede(term, NIGHTLY, task);

        assertThat(tasks.find("web", task.name()).cancelledBy()).isEqualTo("schedule");
        assertThat(reasons("TaskCancelRequested")).hasSize(1);
    }

    @Test
    void a_task_that_ended_is_not_replaced() {
        var term = store.beginTerm(1);
        var task = table.start(term, apply(NIGHTLY), NIGHTLY, DUE).orElseThrow();
        tasks.close(
                term,
                task,
                Event.Type.TaskSucceeded,
                row -> row.ended(Task.TaskState.SUCCEEDED, 0, "test", NOON),
                List.of());

        table.supersede(term, NIGHTLY, task);

        assertThat(tasks.find("web", task.name()).cancelledBy()).isNull();
        assertThat(reasons("TaskCancelRequested")).isEmpty();
    }

    /** The leader's clock may be ahead of the clock of the controller that changes the schedule. */
    @Test
    void a_due_time_that_has_a_task_is_handled_without_another_one() {
        var term = store.beginTerm(1);
        var task = table.start(term, apply(NIGHTLY), NIGHTLY, DUE).orElseThrow();
        var daily = schedule("0 13 * * *");
        var app = apply(daily);
        assertThat(status().handledUntil()).isEqualTo(NOON);

        assertThat(table.start(term, app, daily, DUE)).isEmpty();

        assertThat(status().handledUntil()).isEqualTo(DUE);
        assertThat(tasks.all("web", 10)).containsExactly(task);
    }

    @Test
    void a_leader_that_saw_an_earlier_revision_starts_nothing() {
        var term = store.beginTerm(1);
        var before = apply(NIGHTLY);
        store.desiredState().apply(spec("web:2", NIGHTLY), "2", ANN);

        assertThat(table.start(term, before, NIGHTLY, DUE)).isEmpty();
        assertThat(table.start(term, app(), NIGHTLY, DUE)).isPresent();
    }

    @Test
    void a_due_time_waits_while_the_app_has_too_many_unfinished_tasks() {
        var term = store.beginTerm(1);
        var app = apply(NIGHTLY);
        for (var i = 1; i <= Task.MOST_UNFINISHED; i++) {
            assertThat(table.start(term, app, NIGHTLY, NOON.plusSeconds(i))).isPresent();
        }

        assertThat(table.start(term, app, NIGHTLY, DUE)).isEmpty();
        assertThat(status().handledUntil()).isEqualTo(NOON.plusSeconds(Task.MOST_UNFINISHED));
    }

    private App apply(Schedule schedule) {
        store.desiredState().apply(spec("web:1", schedule), "1", ANN);
        return app();
    }

    private App app() {
        return store.stateReader().clusterState().apps().getFirst();
    }

    private ScheduleStatus status() {
        assertThat(store.stateReader().clusterState().schedules().values())
                .containsExactly(table.of("web"));
        return table.of("web").getFirst();
    }

    private List<String> reasons(String type) {
        return store.tables()
                .execute("select reason from events where type = '%s'".formatted(type));
    }

    private static AppSpec spec(String image, Schedule schedule) {
        return SpecDraft.of("web").image(image).schedules(schedule).spec();
    }

    private static Schedule schedule(String cron) {
        return new Schedule(
                "nightly",
                cron,
                "UTC",
                List.of("true"),
                Concurrency.FORBID,
                Duration.ofMinutes(10),
                Duration.ofHours(1));
    }
}
