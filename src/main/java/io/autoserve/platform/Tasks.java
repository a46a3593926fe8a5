package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.By;
import io.autoserve.model.LogLine;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests, reads and cancels tasks, which are commands that run to their end, and reads and
 * suspends the schedules that start tasks.
 */
public interface Tasks {

    /** Requests a task of an app. The leader runs it as soon as Docker has a turn for it. */
    Future<Task> request(String app, TaskRequest request, By by);

    /**
     * Returns tasks of an app, newest first.
     *
     * @param limit maximum number of tasks
     */
    Future<List<Task>> all(String app, int limit);

    /**
     * @param name the task's name, see {@link Task#name}
     */
    Future<Task> task(String app, String name);

    /** Cancels a task. A task that has ended stays unchanged. */
    Future<Task> cancel(String app, String name, By by);

    /**
     * Returns lines that the task wrote, oldest first. After the end of the task, only the last
     * lines of its last attempt are kept.
     *
     * @param tail maximum number of lines, the newest ones
     * @param since time of the oldest line to return; null for all times
     */
    Future<Output> output(String app, String name, int tail, @Nullable Instant since);

    /** Returns the schedules of the app's present revision, in the order of the spec. */
    Future<List<ScheduleState>> schedules(App app);

    /** Suspends a schedule: its times pass without a task until it is resumed. */
    Future<ScheduleStatus> suspend(String app, String schedule, By by);

    /** Resumes a schedule. Times that passed meanwhile are not made up for. */
    Future<ScheduleStatus> resume(String app, String schedule, By by);

    /**
     * @param nextAt the next due time; null while the schedule is suspended, or if there is none
     */
    record ScheduleState(Schedule schedule, ScheduleStatus status, @Nullable Instant nextAt) {}

    /**
     * @param task the task as it was before its lines were read, so that no line is missing if it
     *     has ended
     */
    record Output(Task task, List<LogLine> lines) {}
}
