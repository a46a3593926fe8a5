package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.AppTask;
import io.autoserve.model.Container;
import io.autoserve.model.Node;
import io.autoserve.model.Task;
import io.autoserve.model.Task.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Plans the next step of one task from its row and its container. An attempt runs at most once: its
 * container is started only while Docker reports that it was never started, and a container that is
 * gone after its start makes the task UNKNOWN.
 */
public final class TaskPlanner {
    /**
     * How long a container that was about to be started may still be reported as never started. An
     * earlier leader may have sent the request to start it, and the engine may still be working on
     * that request. A second request could start the container again after its end.
     */
    static final Duration SETTLES = Duration.ofSeconds(30);

    private TaskPlanner() {}

    /**
     * @param container the container of the task's present attempt; null if Docker has none
     * @param node the node that runs the task
     */
    public static Plan plan(AppTask of, @Nullable Container container, Node node, Instant now) {
        var task = of.task();
        return switch (task.state()) {
            case PENDING -> pending(of, node, now);
            case STARTING -> starting(of, container, node);
            case RUNNING -> running(of, container, now);
            case STOPPING -> stopping(of, container, now);
            case SUCCEEDED, FAILED, CANCELLED, UNKNOWN -> Plan.NOTHING;
        };
    }

    private static Plan pending(AppTask of, Node node, Instant now) {
        var task = of.task();
        if (isCancelled(of)) {
            return Plan.of(end(task, TaskState.CANCELLED, cancellation(task)));
        }
        if (node.drained()) {
            return Plan.NOTHING;
        }
        var retryAt = task.retryAt();
        return retryAt != null && retryAt.isAfter(now)
                ? Plan.lookingAgainAt(retryAt)
                : Plan.of(new Action.RunTask(of, null, "attempt %d".formatted(task.attempt())));
    }

    private static Plan starting(AppTask of, @Nullable Container container, Node node) {
        var task = of.task();
        if (container != null && container.state() != Container.State.CREATED) {
            // A failover of the database lost the record of the start.
            return Plan.of(
                    new Action.AdoptTask(task, container, "the container was started already"));
        }
        if (isCancelled(of)) {
            return Plan.of(end(task, TaskState.CANCELLED, cancellation(task)));
        }
        return node.drained()
                ? Plan.NOTHING
                : Plan.of(new Action.RunTask(of, container, "an earlier start did not finish"));
    }

    private static Plan running(AppTask of, @Nullable Container container, Instant now) {
        var task = of.task();
        if (container == null) {
            return Plan.of(
                    end(
                            task,
                            TaskState.UNKNOWN,
                            "the container no longer exists, so it is not known whether the command succeeded"));
        }
        return switch (container.state()) {
            case CREATED -> unstarted(of, container, now);
            case EXITED -> Plan.of(new Action.CloseTask(task, container));
            case RUNNING, PAUSED, LEAVING -> alive(of, container, now);
        };
    }

    private static Plan unstarted(AppTask of, Container container, Instant now) {
        var task = of.task();
        if (isCancelled(of)) {
            return Plan.of(end(task, TaskState.CANCELLED, cancellation(task)));
        }
        var settled = task.stateSince().plus(SETTLES);
        return settled.isAfter(now)
                ? Plan.lookingAgainAt(settled)
                : Plan.of(new Action.RunTask(of, container, "an earlier start did not finish"));
    }

    private static Plan alive(AppTask of, Container container, Instant now) {
        var task = of.task();
        if (isCancelled(of)) {
            return Plan.of(halt(of, container, cancellation(task)));
        }
        var end = deadline(task);
        return end.isAfter(now)
                ? Plan.lookingAgainAt(end)
                : Plan.of(
                        halt(
                                of,
                                container,
                                "the time limit of %d s passed"
                                        .formatted(task.timeLimit().toSeconds())));
    }

    private static Plan stopping(AppTask of, @Nullable Container container, Instant now) {
        var task = of.task();
        if (container == null || container.state() == Container.State.CREATED) {
            return Plan.of(outcome(task, null, false, now));
        }
        return Plan.of(
                container.alive()
                        ? halt(of, container, task.reason())
                        : new Action.CloseTask(task, container));
    }

    /**
     * Returns what follows from the end of the task's container: success, another attempt, or the
     * end of the task. The exit code of a command that was stopped is dropped, because many
     * commands end with 0 on SIGTERM, which would look like success.
     *
     * @param exitCode null if it is unknown
     */
    public static Action.OnTask outcome(
            Task task, @Nullable Integer exitCode, boolean outOfMemory, Instant now) {
        if (task.state() == TaskState.STOPPING) {
            return task.cancelledBy() == null
                    ? failure(task, null, task.reason(), now)
                    : new Action.EndTask(task, TaskState.CANCELLED, null, cancellation(task));
        }
        if (exitCode != null && exitCode == 0) {
            return new Action.EndTask(
                    task, TaskState.SUCCEEDED, 0, "the command ended with exit code 0");
        }
        return failure(
                task,
                exitCode,
                outOfMemory
                        ? "the command ran out of memory"
                        : exitCode == null
                                ? "the command ended without an exit code"
                                : "the command ended with exit code %d".formatted(exitCode),
                now);
    }

    /**
     * Returns what follows from the failure of an attempt: another attempt after a pause, or the
     * end of the task.
     *
     * @param exitCode null if the command did not start, or was stopped
     */
    public static Action.OnTask failure(
            Task task, @Nullable Integer exitCode, String reason, Instant now) {
        return task.attempt() > task.retries() || task.cancelledBy() != null
                ? new Action.EndTask(task, TaskState.FAILED, exitCode, reason)
                : new Action.RetryTask(
                        task, Backoff.retryAt(task.attempt() + 1, now), exitCode, reason);
    }

    /**
     * Returns the actions that remove the containers of tasks that have ended, of earlier attempts,
     * and of tasks that have no row.
     *
     * @param containers the containers of tasks
     * @param unfinished the tasks that have not ended
     * @param busy names of containers on which an action is under way
     */
    public static List<Action.Remove> strays(
            Collection<Container> containers, Collection<AppTask> unfinished, Set<String> busy) {
        return containers.stream()
                .filter(container -> !busy.contains(container.name()))
                .filter(container ->
                        unfinished.stream().noneMatch(of -> runs(container, of.task())))
                .map(container -> new Action.Remove(container, "its task has ended"))
                .toList();
    }

    /** Returns the container of the task's present attempt among the containers of tasks. */
    public static Optional<Container> container(Task task, Collection<Container> containers) {
        return containers.stream().filter(container -> runs(container, task)).findFirst();
    }

    private static boolean runs(Container container, Task task) {
        return container.instanceId() == task.id()
                && (task.containerId() == null
                        ? container.name().equals(task.containerName())
                        : container.id().equals(task.containerId()));
    }

    private static boolean isCancelled(AppTask of) {
        return of.task().cancelledBy() != null || of.app().intent() == App.Intent.DELETE;
    }

    private static String cancellation(Task task) {
        return task.cancelledBy() == null
                ? "the app is being deleted"
                : "cancelled by " + task.cancelledBy();
    }

    /** Returns when the present attempt has run for the time limit. */
    private static Instant deadline(Task task) {
        var started = task.startedAt();
        return (started == null ? task.stateSince() : started).plus(task.timeLimit());
    }

    private static Action.HaltTask halt(AppTask of, Container container, String reason) {
        return new Action.HaltTask(of, container, of.app().spec().stopGrace(), reason);
    }

    private static Action.EndTask end(Task task, TaskState end, String reason) {
        return new Action.EndTask(task, end, null, reason);
    }
}
