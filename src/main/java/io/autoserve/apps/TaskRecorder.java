package io.autoserve.apps;

import io.autoserve.model.Container;
import io.autoserve.model.Event;
import io.autoserve.model.LogLine;
import io.autoserve.model.Task;
import io.autoserve.model.Task.TaskState;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.TaskPlanner;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.TaskTable;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Commits the steps of tasks, for one term. A step that the row no longer allows changes nothing,
 * for example because the task was cancelled meanwhile.
 */
class TaskRecorder {
    private final Term term;
    private final TaskTable tasks;
    private final ContainerRuntime runtime;
    private final InstantSource clock;

    TaskRecorder(Term term, TaskTable tasks, ContainerRuntime runtime, InstantSource clock) {
        this.term = term;
        this.tasks = tasks;
        this.runtime = runtime;
        this.clock = clock;
    }

    /**
     * Commits the claim that permits Docker to create the container of the task.
     *
     * @return the task; empty if its row no longer permits the start
     */
    Optional<Task> claim(Action.RunTask run) {
        return tasks.start(term, run.of().task(), run.reason());
    }

    void record(Action.OnTaskRecord action) {
        switch (action) {
            case Action.OnTask onTask -> write(onTask, null);
            case Action.OnSchedule onSchedule -> write(onSchedule);
            case Action.RunRelease(var app, _) -> tasks.release(term, app);
        }
    }

    private void write(Action.OnSchedule action) {
        var schedules = tasks.schedules();
        switch (action) {
            case Action.StartDue(var app, var schedule, var due) ->
                    schedules.start(term, app, schedule, due);
            case Action.SkipDue(var app, var schedule, var due, var reason) ->
                    schedules.skip(term, app, schedule, due, reason);
            case Action.Supersede(_, var schedule, var earlier) ->
                    earlier.forEach(task -> schedules.supersede(term, schedule, task));
        }
    }

    /** Commits the claim that permits Docker to stop the container of the task. */
    Optional<Task> claim(Action.HaltTask halt) {
        return tasks.move(
                term,
                halt.of().task(),
                Event.Type.TaskStopping,
                row ->
                        row.state() == TaskState.RUNNING || row.state() == TaskState.STOPPING
                                ? Optional.of(row.stopping(halt.reason(), clock.instant()))
                                : Optional.empty());
    }

    /**
     * Commits which container runs the task. Only after that may the container be started.
     *
     * @return empty if the task was cancelled meanwhile, or is recorded with another container
     */
    Optional<Task> begins(Task task, Container container) {
        return tasks.move(
                term,
                task,
                Event.Type.TaskStarted,
                row -> {
                    var first = row.state() == TaskState.STARTING && row.cancelledBy() == null;
                    var again =
                            row.state() == TaskState.RUNNING
                                    && container.id().equals(row.containerId());
                    return first || again
                            ? Optional.of(
                                    row.running(
                                            container.id(),
                                            "the command is running",
                                            clock.instant()))
                            : Optional.empty();
                });
    }

    /**
     * Commits that the task needs another container, because another one has the address of its
     * container, which never ran.
     */
    void recreates(Task task) {
        tasks.move(
                term,
                task,
                Event.Type.TaskStarting,
                row ->
                        row.state() == TaskState.RUNNING
                                ? Optional.of(
                                        row.recreated(
                                                "another container has the address",
                                                clock.instant()))
                                : Optional.empty());
    }

    /** Records that an attempt could not be started. */
    void failed(Task task, String reason) {
        record(TaskPlanner.failure(task, null, reason, clock.instant()));
    }

    /**
     * @param output what the container wrote; null if it did not start or is gone
     */
    private void write(Action.OnTask action, @Nullable List<LogLine> output) {
        switch (action) {
            case Action.AdoptTask(var task, var container, var reason) ->
                    tasks.move(
                            term,
                            task,
                            Event.Type.TaskStarted,
                            row ->
                                    row.state() == TaskState.STARTING
                                            ? Optional.of(
                                                    row.running(
                                                            container.id(),
                                                            reason,
                                                            clock.instant()))
                                            : Optional.empty());
            case Action.CloseTask(var task, var container) -> {
                var ending = runtime.ending(container.id());
                var outcome =
                        TaskPlanner.outcome(
                                task, ending.exitCode(), ending.outOfMemory(), clock.instant());
                write(
                        outcome instanceof Action.EndTask end && end.end() == TaskState.FAILED
                                ? end.saying(ExitSummary.lastLines(ending))
                                : outcome,
                        ending.output());
            }
            case Action.EndTask(var task, var end, var exitCode, var reason) ->
                    tasks.close(
                            term,
                            task,
                            type(end),
                            row -> row.ended(end, exitCode, reason, clock.instant()),
                            output);
            case Action.RetryTask(var task, var retryAt, var exitCode, var reason) ->
                    tasks.close(
                            term,
                            task,
                            Event.Type.TaskRetried,
                            row -> row.retried(retryAt, exitCode, reason, clock.instant()),
                            output);
        }
    }

    private static Event.Type type(TaskState end) {
        return switch (end) {
            case SUCCEEDED -> Event.Type.TaskSucceeded;
            case FAILED -> Event.Type.TaskFailed;
            case CANCELLED -> Event.Type.TaskCancelled;
            case UNKNOWN -> Event.Type.TaskUnknown;
            case PENDING, STARTING, RUNNING, STOPPING ->
                    throw new IllegalArgumentException(end + " is not the end of a task");
        };
    }
}
