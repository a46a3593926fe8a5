package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppTask;
import io.autoserve.model.Container;
import io.autoserve.model.Node;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskPlannerTest {
    private static final App WEB = Fixtures.app("web", 1);
    private static final Node HERE = Node.untouched("here");
    private static final Task PENDING =
            Task.requested(
                    7,
                    WEB,
                    new TaskRequest(List.of("true"), null, Duration.ofMinutes(1), 0),
                    "ann",
                    NOON);
    private static final Task STARTING = PENDING.starting(1, "test", NOON);
    private static final Task RUNNING = STARTING.running("c", "test", NOON);
    private static final Task STOPPING = RUNNING.stopping("the time limit passed", NOON);

    @Test
    void a_new_task_starts_at_once() {
        assertThat(plan(PENDING, null, NOON)).isInstanceOf(Action.RunTask.class);
    }

    @Test
    void nothing_starts_on_a_drained_node_but_a_running_task_continues() {
        var drained = new Node("here", true, NOON, "ann");

        assertThat(TaskPlanner.plan(of(PENDING), null, drained, NOON).actions()).isEmpty();
        assertThat(TaskPlanner.plan(of(STARTING), null, drained, NOON).actions()).isEmpty();
        assertThat(
                        TaskPlanner.plan(of(RUNNING), in(Container.State.RUNNING), drained, NOON)
                                .actions())
                .isEmpty();
    }

    @Test
    void a_start_that_did_not_finish_is_continued_while_the_container_was_never_started() {
        assertThat(plan(STARTING, null, NOON)).isInstanceOf(Action.RunTask.class);
        assertThat(plan(STARTING, in(Container.State.CREATED), NOON))
                .isInstanceOfSatisfying(
                        Action.RunTask.class, run -> assertThat(run.container()).isNotNull());
    }

    @Test
    void a_container_whose_start_is_not_recorded_is_adopted_and_not_started_again() {
        assertThat(plan(STARTING, in(Container.State.RUNNING), NOON))
                .isInstanceOf(Action.AdoptTask.class);
        assertThat(plan(STARTING, in(Container.State.EXITED), NOON))
                .isInstanceOf(Action.AdoptTask.class);
    }

    @Test
    void a_recorded_start_is_repeated_only_when_no_earlier_request_can_be_under_way() {
        var created = in(Container.State.CREATED);
        var soon = TaskPlanner.plan(of(RUNNING), created, HERE, NOON.plusSeconds(29));

        assertThat(soon.actions()).isEmpty();
        assertThat(soon.lookAgainAt()).contains(NOON.plusSeconds(30));
        assertThat(plan(RUNNING, created, NOON.plusSeconds(30))).isInstanceOf(Action.RunTask.class);
    }

    @Test
    void a_task_whose_container_is_gone_is_unknown_and_is_not_repeated_whatever_its_retries() {
        var retrying =
                Task.requested(
                                7,
                                WEB,
                                new TaskRequest(List.of("true"), null, Duration.ofMinutes(1), 5),
                                "ann",
                                NOON)
                        .starting(1, "test", NOON)
                        .running("c", "test", NOON);

        assertThat(plan(retrying, null, NOON))
                .isInstanceOfSatisfying(
                        Action.EndTask.class,
                        end -> assertThat(end.end()).isEqualTo(Task.TaskState.UNKNOWN));
    }

    @Test
    void the_time_limit_ends_the_container() {
        var running = in(Container.State.RUNNING);
        assertThat(TaskPlanner.plan(of(RUNNING), running, HERE, NOON).lookAgainAt())
                .contains(NOON.plusSeconds(60));

        var halt = plan(RUNNING, running, NOON.plusSeconds(60));

        assertThat(halt).isInstanceOf(Action.HaltTask.class);
        assertThat(halt.reason()).isEqualTo("the time limit of 60 s passed");
        assertThat(TaskPlanner.outcome(STOPPING, 0, false, NOON))
                .isEqualTo(
                        new Action.EndTask(
                                STOPPING, Task.TaskState.FAILED, null, "the time limit passed"));
    }

    @Test
    void a_command_that_was_stopped_has_no_exit_code() {
        var cancelled = cancelled(STOPPING);

        assertThat(TaskPlanner.outcome(cancelled, 0, false, NOON))
                .isEqualTo(
                        new Action.EndTask(
                                cancelled, Task.TaskState.CANCELLED, null, "cancelled by ann"));
        assertThat(TaskPlanner.outcome(STOPPING, 143, false, NOON))
                .isInstanceOfSatisfying(
                        Action.EndTask.class, end -> assertThat(end.exitCode()).isNull());
    }

    @Test
    void a_container_that_exited_is_read() {
        assertThat(plan(RUNNING, in(Container.State.EXITED), NOON))
                .isInstanceOf(Action.CloseTask.class);
        assertThat(plan(STOPPING, in(Container.State.EXITED), NOON))
                .isInstanceOf(Action.CloseTask.class);
        assertThat(plan(STOPPING, in(Container.State.RUNNING), NOON))
                .isInstanceOf(Action.HaltTask.class);
    }

    @Test
    void the_exit_code_decides() {
        assertThat(TaskPlanner.outcome(RUNNING, 0, false, NOON))
                .isInstanceOfSatisfying(
                        Action.EndTask.class,
                        end -> assertThat(end.end()).isEqualTo(Task.TaskState.SUCCEEDED));
        assertThat(TaskPlanner.outcome(RUNNING, 3, false, NOON).reason())
                .isEqualTo("the command ended with exit code 3");
        assertThat(TaskPlanner.outcome(RUNNING, 137, true, NOON).reason())
                .isEqualTo("the command ran out of memory");
    }

    @Test
    void a_failure_is_repeated_after_a_pause_that_doubles_until_no_retry_is_left() {
        var task =
                Task.requested(
                        7,
                        WEB,
                        new TaskRequest(List.of("true"), null, Duration.ofMinutes(1), 2),
                        "ann",
                        NOON);

        var second = retried(task, NOON.plusSeconds(1));
        var third = retried(second, NOON.plusSeconds(2));

        assertThat(TaskPlanner.failure(third, 1, "failed", NOON))
                .isInstanceOf(Action.EndTask.class);
        var waits = TaskPlanner.plan(of(second), null, HERE, NOON);
        assertThat(waits.actions()).isEmpty();
        assertThat(waits.lookAgainAt()).contains(NOON.plusSeconds(1));
    }

    private static Task retried(Task task, Instant at) {
        var retry = TaskPlanner.failure(task, 1, "failed", NOON);
        assertThat(retry).isEqualTo(new Action.RetryTask(task, at, 1, "failed"));
        return task.retried(at, 1, "failed", NOON);
    }

    @Test
    void the_tasks_of_a_deleted_app_are_cancelled() {
        var deleted = Fixtures.app("web", 1, 1, Intent.DELETE, Rollout.DEFAULT);
        var pending = TaskPlanner.plan(new AppTask(deleted, PENDING), null, HERE, NOON);
        var running =
                TaskPlanner.plan(
                        new AppTask(deleted, RUNNING), in(Container.State.RUNNING), HERE, NOON);

        assertThat(pending.actions())
                .containsExactly(
                        new Action.EndTask(
                                PENDING,
                                Task.TaskState.CANCELLED,
                                null,
                                "the app is being deleted"));
        assertThat(running.actions()).hasOnlyElementsOfType(Action.HaltTask.class);
    }

    @Test
    void an_app_is_not_deleted_before_its_tasks_have_ended() {
        var deleted = Fixtures.app("web", 1, 1, Intent.DELETE, Rollout.DEFAULT);

        assertThat(Planner.plan(SituationDraft.of(deleted).tasks(1).situation()).actions())
                .isEmpty();
        assertThat(Planner.plan(SituationDraft.of(deleted).situation()).actions()).hasSize(1);
    }

    @Test
    void only_the_container_of_the_present_attempt_stays() {
        var mine = in(Container.State.RUNNING);
        var earlier = container("d", "web.task-00000007.0", 7);
        var ended = container("e", "web.task-00000009.1", 9);
        var containers = List.of(mine, earlier, ended);

        assertThat(TaskPlanner.strays(containers, List.of(of(RUNNING)), Set.of()))
                .extracting(Action.Remove::container)
                .containsExactly(earlier, ended);
        assertThat(TaskPlanner.strays(containers, List.of(of(RUNNING)), Set.of(ended.name())))
                .extracting(Action.Remove::container)
                .containsExactly(earlier);
    }

    private static Action plan(Task task, @Nullable Container container, Instant now) {
        var actions = TaskPlanner.plan(of(task), container, HERE, now).actions();
        assertThat(actions).hasSize(1);
        return actions.getFirst();
    }

    private static Task cancelled(Task task) {
        return new Task(
                task.id(),
                task.appId(),
                task.app(),
                task.revision(),
                task.command(),
                task.timeLimit(),
                task.retries(),
                task.actor(),
                task.release(),
                task.schedule(),
                task.dueAt(),
                task.createdAt(),
                task.state(),
                task.attempt(),
                task.number(),
                task.containerId(),
                task.stateSince(),
                task.startedAt(),
                task.retryAt(),
                "ann",
                task.exitCode(),
                task.reason());
    }

    private static AppTask of(Task task) {
        return new AppTask(WEB, task);
    }

    private static Container in(Container.State state) {
        return Fixtures.in(state, container("c", PENDING.containerName(), 7));
    }

    private static Container container(String id, String name, long task) {
        return new Container(
                id,
                name,
                "web",
                0,
                task,
                1,
                1,
                Container.State.RUNNING,
                "172.20.64.1",
                "",
                NOON,
                null,
                true);
    }
}
