package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppSpec.Schedule.Concurrency;
import io.autoserve.model.Node;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plans a schedule that is due at each full hour, and that may start ten minutes late. */
class SchedulePlannerTest {
    private static final App WEB = app("web", 1);
    private static final Node HERE = Node.untouched("here");
    private static final DueTimes HOURLY =
            (_, _, after) -> {
                var seconds = Duration.ofHours(1).toSeconds();
                return Optional.of(
                        Instant.ofEpochSecond((after.getEpochSecond() / seconds + 1) * seconds));
            };

    @Test
    void nothing_starts_before_its_time() {
        var plan = plan(schedule(Concurrency.FORBID), status(NOON), NOON.plusSeconds(3599));

        assertThat(plan.actions()).isEmpty();
        assertThat(plan.lookAgainAt()).contains(NOON.plusSeconds(3600));
    }

    @Test
    void a_due_time_starts_and_is_not_due_again() {
        var due = NOON.plusSeconds(3600);
        var schedule = schedule(Concurrency.FORBID);

        assertThat(plan(schedule, status(NOON), due).actions())
                .containsExactly(new Action.StartDue(WEB, schedule, due));
        assertThat(plan(schedule, status(due), due).actions()).isEmpty();
    }

    @Test
    void a_clock_that_is_set_back_starts_nothing_again() {
        var handled = status(NOON.plusSeconds(3600));

        assertThat(plan(schedule(Concurrency.ALLOW), handled, NOON).actions()).isEmpty();
    }

    @Test
    void of_missed_times_only_the_last_one_starts() {
        var schedule = schedule(Concurrency.FORBID);
        var now = NOON.plus(Duration.ofHours(5)).plusSeconds(60);

        assertThat(plan(schedule, status(NOON), now).actions())
                .containsExactly(
                        new Action.StartDue(WEB, schedule, NOON.plus(Duration.ofHours(5))));
    }

    @Test
    void a_time_that_is_too_long_ago_is_skipped() {
        var schedule = schedule(Concurrency.FORBID);
        var due = NOON.plusSeconds(3600);

        assertThat(plan(schedule, status(NOON), due.plusSeconds(600)).actions())
                .hasOnlyElementsOfType(Action.StartDue.class);
        assertThat(plan(schedule, status(NOON), due.plusSeconds(601)).actions())
                .containsExactly(
                        new Action.SkipDue(WEB, schedule, due, "it could not start within 600 s"));
    }

    @Test
    void an_earlier_task_that_runs_forbids_permits_or_is_replaced() {
        var due = NOON.plusSeconds(3600);
        var running = task(schedule(Concurrency.FORBID));

        assertThat(plan(schedule(Concurrency.FORBID), status(NOON), due, running).actions())
                .hasOnlyElementsOfType(Action.SkipDue.class);
        assertThat(plan(schedule(Concurrency.ALLOW), status(NOON), due, running).actions())
                .hasOnlyElementsOfType(Action.StartDue.class);
        var replace = schedule(Concurrency.REPLACE);
        assertThat(plan(replace, status(NOON), due, running).actions())
                .containsExactly(new Action.Supersede(WEB, replace, List.of(running)));
        assertThat(plan(replace, status(NOON), due).actions())
                .hasOnlyElementsOfType(Action.StartDue.class);
    }

    @Test
    void a_due_time_waits_while_the_app_has_too_many_unfinished_tasks() {
        var due = NOON.plusSeconds(3600);
        var schedule = schedule(Concurrency.ALLOW);
        var many = Collections.nCopies(Task.MOST_UNFINISHED, task(schedule));
        var fewer = many.subList(1, many.size());

        assertThat(plan(WEB, schedule, status(NOON), null, fewer, HERE, due).actions())
                .hasOnlyElementsOfType(Action.StartDue.class);
        assertThat(plan(WEB, schedule, status(NOON), null, many, HERE, due).actions()).isEmpty();
        var late = due.plusSeconds(601);
        assertThat(plan(WEB, schedule, status(NOON), null, many, HERE, late).actions())
                .hasOnlyElementsOfType(Action.SkipDue.class);
    }

    @Test
    void nothing_starts_while_suspended_or_on_a_drained_node() {
        var due = NOON.plusSeconds(3600);
        var schedule = schedule(Concurrency.ALLOW);
        var suspended = new ScheduleStatus("hourly", "ann", NOON);
        var drained = new Node("here", true, NOON, "ann");

        assertThat(plan(schedule, suspended, due).actions()).isEmpty();
        assertThat(plan(WEB, schedule, status(NOON), null, List.of(), drained, due).actions())
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_due_time_waits_for_the_release_command(ReleaseStatus.ReleaseState state) {
        var released = app(SpecDraft.of("web").release("migrate").spec(), 1);
        var release = new ReleaseStatus(1, state, false, false, "test");
        var due = NOON.plusSeconds(3600);

        var plan =
                plan(
                        released,
                        schedule(Concurrency.ALLOW),
                        status(NOON),
                        release,
                        List.of(),
                        HERE,
                        due);

        assertThat(plan.actions()).hasSize(state == ReleaseStatus.ReleaseState.SUCCEEDED ? 1 : 0);
    }

    @Test
    void times_that_cannot_be_read_start_nothing() {
        DueTimes unreadable =
                (_, _, _) -> {
                    throw new IllegalArgumentException("test");
                };

        assertThat(
                        SchedulePlanner.plan(
                                        WEB,
                                        schedule(Concurrency.ALLOW),
                                        status(NOON),
                                        null,
                                        List.of(),
                                        HERE,
                                        unreadable,
                                        NOON)
                                .actions())
                .isEmpty();
        assertThat(SchedulePlanner.next(unreadable, schedule(Concurrency.ALLOW), NOON)).isEmpty();
    }

    private static Plan plan(
            Schedule schedule, ScheduleStatus status, Instant now, Task... running) {
        return plan(WEB, schedule, status, null, List.of(running), HERE, now);
    }

    private static Plan plan(
            App app,
            Schedule schedule,
            ScheduleStatus status,
            @Nullable ReleaseStatus release,
            List<Task> tasks,
            Node node,
            Instant now) {
        return SchedulePlanner.plan(app, schedule, status, release, tasks, node, HOURLY, now);
    }

    private static Task task(Schedule schedule) {
        return Task.due(7, WEB, schedule, NOON, NOON);
    }

    private static ScheduleStatus status(Instant handledUntil) {
        return new ScheduleStatus("hourly", null, handledUntil);
    }

    private static Schedule schedule(Concurrency concurrency) {
        return new Schedule(
                "hourly",
                "0 * * * *",
                "UTC",
                List.of("true"),
                concurrency,
                Duration.ofMinutes(10),
                Duration.ofHours(1));
    }
}
