package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.Refusal;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Tasks.ScheduleState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Answers requests about tasks and schedules. */
final class TaskRoutes {
    private static final int USUAL_SECONDS = 3600;

    private final Platform platform;

    TaskRoutes(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listTasks", this::list,
                "runTask", this::request,
                "readTask", this::read,
                "cancelTask", this::cancel,
                "readTaskLogs", this::logs,
                "listSchedules", this::schedules,
                "runSchedule", this::runSchedule,
                "suspendSchedule", this::suspend,
                "resumeSchedule", this::resume);
    }

    /** The states of a task as clients see them. */
    enum TaskState {
        Pending,
        Starting,
        Running,
        Stopping,
        Succeeded,
        Failed,
        Cancelled,
        Unknown;

        static TaskState of(Task.TaskState state) {
            return switch (state) {
                case PENDING -> Pending;
                case STARTING -> Starting;
                case RUNNING -> Running;
                case STOPPING -> Stopping;
                case SUCCEEDED -> Succeeded;
                case FAILED -> Failed;
                case CANCELLED -> Cancelled;
                case UNKNOWN -> Unknown;
            };
        }
    }

    private record TaskAnswer(
            String name,
            String app,
            int revision,
            List<String> command,
            long timeoutSeconds,
            int retries,
            String actor,
            @Nullable Integer release,
            @Nullable String schedule,
            @Nullable Instant dueAt,
            Instant createdAt,
            TaskState state,
            String reason,
            int attempt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Instant retryAt,
            @Nullable String cancelledBy,
            @Nullable Integer exitCode) {

        static TaskAnswer of(Task task) {
            return new TaskAnswer(
                    task.name(),
                    task.app(),
                    task.revision(),
                    task.command(),
                    task.timeLimit().toSeconds(),
                    task.retries(),
                    task.actor(),
                    task.release(),
                    task.schedule(),
                    task.dueAt(),
                    task.createdAt(),
                    TaskState.of(task.state()),
                    task.reason(),
                    task.attempt(),
                    task.startedAt(),
                    task.ended() ? task.stateSince() : null,
                    task.retryAt(),
                    task.cancelledBy(),
                    task.exitCode());
        }
    }

    private record TaskList(List<TaskAnswer> tasks) {}

    private void list(Call call) {
        var app = Reads.app(platform, call);
        call.when(
                platform.tasks().all(app.name(), call.count("limit")),
                all -> call.json(200, new TaskList(all.stream().map(TaskAnswer::of).toList())));
    }

    private void request(Call call) {
        call.when(
                platform.tasks().request(call.required("name"), requested(call.body()), call.by()),
                task -> call.json(202, TaskAnswer.of(task)));
    }

    private static TaskRequest requested(JsonNode body) {
        var revision = body.path("revision");
        return checked(
                StreamSupport.stream(body.path("command").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList(),
                revision.isMissingNode() ? null : (Integer) revision.intValue(),
                Duration.ofSeconds(body.path("timeoutSeconds").asLong(USUAL_SECONDS)),
                body.path("retries").asInt());
    }

    private static TaskRequest checked(
            List<String> command, @Nullable Integer revision, Duration timeLimit, int retries) {
        try {
            return new TaskRequest(command, revision, timeLimit, retries);
        } catch (IllegalArgumentException invalid) {
            throw new Rejection.BadBody(
                    List.of(FieldError.at("/command", String.valueOf(invalid.getMessage()))));
        }
    }

    private void read(Call call) {
        call.when(
                platform.tasks().task(call.required("name"), call.required("task")),
                task -> call.json(200, TaskAnswer.of(task)));
    }

    private void cancel(Call call) {
        call.when(
                platform.tasks().cancel(call.required("name"), call.required("task"), call.by()),
                task -> call.json(202, TaskAnswer.of(task)));
    }

    private record TaskLogs(TaskAnswer task, List<LogAnswer> lines) {}

    private void logs(Call call) {
        call.when(
                platform.tasks()
                        .output(
                                call.required("name"),
                                call.required("task"),
                                call.count("tail"),
                                call.time("since")),
                output ->
                        call.json(
                                200,
                                new TaskLogs(
                                        TaskAnswer.of(output.task()),
                                        output.lines().stream()
                                                .map(line ->
                                                        LogAnswer.of(
                                                                output.task().containerName(),
                                                                line))
                                                .toList())));
    }

    /** The constants have the words of a spec. */
    enum ScheduleConcurrency {
        forbid,
        allow,
        replace;

        static ScheduleConcurrency of(Schedule.Concurrency concurrency) {
            return switch (concurrency) {
                case FORBID -> forbid;
                case ALLOW -> allow;
                case REPLACE -> replace;
            };
        }
    }

    private record ScheduleAnswer(
            String name,
            String cron,
            String timeZone,
            List<String> command,
            ScheduleConcurrency concurrency,
            @Nullable String suspendedBy,
            Instant handledUntil,
            @Nullable Instant nextAt) {

        static ScheduleAnswer of(ScheduleState state) {
            var schedule = state.schedule();
            return new ScheduleAnswer(
                    schedule.name(),
                    schedule.cron(),
                    schedule.timeZone(),
                    schedule.command(),
                    ScheduleConcurrency.of(schedule.concurrency()),
                    state.status().suspendedBy(),
                    state.status().handledUntil(),
                    state.nextAt());
        }
    }

    private record ScheduleList(List<ScheduleAnswer> schedules) {}

    private void schedules(Call call) {
        call.when(
                platform.tasks().schedules(Reads.app(platform, call)),
                all ->
                        call.json(
                                200,
                                new ScheduleList(all.stream().map(ScheduleAnswer::of).toList())));
    }

    /** Runs the command of a schedule now, as a task of the caller. */
    private void runSchedule(Call call) {
        var app = Reads.app(platform, call);
        var name = call.required("schedule");
        var schedule =
                app.spec().schedules().stream()
                        .filter(it -> it.name().equals(name))
                        .findFirst()
                        .orElseThrow(() -> Refusal.noSchedule(app.name(), name));
        call.when(
                platform.tasks()
                        .request(
                                app.name(),
                                checked(schedule.command(), null, schedule.timeLimit(), 0),
                                call.by()),
                task -> call.json(202, TaskAnswer.of(task)));
    }

    private void suspend(Call call) {
        call.when(
                platform.tasks()
                        .suspend(call.required("name"), call.required("schedule"), call.by()),
                status -> call.json(200, status));
    }

    private void resume(Call call) {
        call.when(
                platform.tasks()
                        .resume(call.required("name"), call.required("schedule"), call.by()),
                status -> call.json(200, status));
    }
}
