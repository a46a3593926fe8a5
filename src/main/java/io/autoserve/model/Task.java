package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs to its end in a container of its own, created from an app's template.
 *
 * <p>A container is created while the task is STARTING, and starts only after the task was recorded
 * as RUNNING with the id of that container. A task whose container is gone after that is UNKNOWN
 * and is never repeated automatically. So no attempt of a task runs twice.
 *
 * @param id random, from 0 to {@value #LARGEST_ID}, and never used twice
 * @param revision the revision of the app whose template and image the task uses
 * @param command program and arguments, without a shell. It replaces the image's ENTRYPOINT and CMD
 * @param timeLimit how long one attempt may take before its container is stopped
 * @param retries how many more attempts follow after failures
 * @param actor name of the user who requested the task, or {@code release} or {@code schedule}
 * @param release the template of the app whose release command this is; null for another task
 * @param schedule name of the schedule to which the task belongs; null if it belongs to none
 * @param dueAt the time of the schedule for which the task runs; null without a schedule
 * @param attempt number of the present or last attempt, from 1
 * @param number decides the address of the container of this attempt, and is never used twice; 0
 *     until the attempt starts
 * @param containerId the container of this attempt; null until it was created
 * @param startedAt when the container of this attempt was about to be started; null before
 * @param retryAt while pending, the earliest time for the next attempt; null for at once
 * @param cancelledBy name of the user who cancelled the task; null if nobody did
 * @param exitCode exit code of the last attempt that ended; null if none has, if it is unknown, or
 *     if the attempt was stopped because of the time limit or a cancellation
 * @param reason why the task is in {@code state}, shown to operators
 */
public record Task(
        long id,
        long appId,
        String app,
        int revision,
        List<String> command,
        Duration timeLimit,
        int retries,
        String actor,
        @Nullable Integer release,
        @Nullable String schedule,
        @Nullable Instant dueAt,
        Instant createdAt,
        TaskState state,
        int attempt,
        long number,
        @Nullable String containerId,
        Instant stateSince,
        @Nullable Instant startedAt,
        @Nullable Instant retryAt,
        @Nullable String cancelledBy,
        @Nullable Integer exitCode,
        String reason) {

    /** Ids have 40 bits, which are eight digits of a name. */
    public static final long LARGEST_ID = 0xff_ffff_ffffL;

    /** Most tasks of one app that have not ended. Only a release command is started beyond it. */
    public static final int MOST_UNFINISHED = 20;

    private static final int RADIX = 32;
    private static final Pattern NAME = Pattern.compile("[0-9a-v]{8}");

    public Task {
        command = List.copyOf(command);
        reason = PlainText.of(reason);
        Require.that(0 <= id && id <= LARGEST_ID, "the id of a task must have 40 bits, was %d", id);
        Require.that(attempt >= 1, "attempt must be at least 1, was %d", attempt);
        Require.that(
                (state != TaskState.RUNNING && state != TaskState.STOPPING)
                        || (containerId != null && startedAt != null),
                "a task that is %s needs a container and the time of its start",
                state);
    }

    /** The states in the order in which they are entered. After a failure, PENDING may follow. */
    public enum TaskState {
        PENDING,
        /** The container is being created. */
        STARTING,
        RUNNING,
        /** The container is being stopped, because of the time limit or a cancellation. */
        STOPPING,
        SUCCEEDED,
        FAILED,
        CANCELLED,
        /** The container is gone, and its outcome was not recorded. */
        UNKNOWN;

        public boolean ended() {
            return switch (this) {
                case PENDING, STARTING, RUNNING, STOPPING -> false;
                case SUCCEEDED, FAILED, CANCELLED, UNKNOWN -> true;
            };
        }
    }

    /** Returns a new task that waits for its first attempt. */
    public static Task requested(long id, App app, TaskRequest request, String actor, Instant now) {
        return pending(
                id,
                app,
                request.command(),
                request.timeLimit(),
                request.retries(),
                actor,
                null,
                null,
                null,
                "requested by " + actor,
                now);
    }

    /** Returns a new task for the release command of the app's template. */
    public static Task release(long id, App app, AppSpec.Release release, Instant now) {
        return pending(
                id,
                app,
                release.command(),
                release.timeLimit(),
                0,
                "release",
                app.template(),
                null,
                null,
                "the release command of revision %d".formatted(app.revision()),
                now);
    }

    /**
     * Returns a new task for a due time of a schedule.
     *
     * @param dueAt the time of the schedule, which may be a while ago
     */
    public static Task due(
            long id, App app, AppSpec.Schedule schedule, Instant dueAt, Instant now) {
        return pending(
                id,
                app,
                schedule.command(),
                schedule.timeLimit(),
                0,
                "schedule",
                null,
                schedule.name(),
                dueAt,
                "the time %s of schedule %s".formatted(dueAt, schedule.name()),
                now);
    }

    private static Task pending(
            long id,
            App app,
            List<String> command,
            Duration timeLimit,
            int retries,
            String actor,
            @Nullable Integer release,
            @Nullable String schedule,
            @Nullable Instant dueAt,
            String reason,
            Instant now) {
        return new Task(
                id,
                app.id(),
                app.name(),
                app.revision(),
                command,
                timeLimit,
                retries,
                actor,
                release,
                schedule,
                dueAt,
                now,
                TaskState.PENDING,
                1,
                0,
                null,
                now,
                null,
                null,
                null,
                null,
                reason);
    }

    /** Returns the name by which users know the task: its id as eight digits of base 32. */
    public String name() {
        var digits = Long.toString(id, RADIX);
        return "0".repeat(8 - digits.length()) + digits;
    }

    /**
     * Returns the id of the task that has this name.
     *
     * @throws IllegalArgumentException if no task can have such a name
     */
    public static long id(String name) {
        Require.that(
                NAME.matcher(name).matches(),
                "the name of a task must be 8 characters of 0-9 and a-v, was '%s'",
                name);
        return Long.parseLong(name, RADIX);
    }

    /**
     * Returns the name of the container of the present attempt. Because of the '.', no instance of
     * any app can have the same name.
     */
    public String containerName() {
        return "%s.task-%s.%d".formatted(app, name(), attempt);
    }

    public boolean ended() {
        return state.ended();
    }

    /** Returns whether both are the same attempt of the same task. */
    public boolean isAttempt(Task other) {
        return id == other.id && attempt == other.attempt;
    }

    /**
     * Returns this task while its container is being created.
     *
     * @param number decides the address of the container, unless the container exists already
     */
    public Task starting(long number, String reason, Instant now) {
        require(TaskState.PENDING, TaskState.STARTING);
        var since = state == TaskState.STARTING ? stateSince : now;
        return copy(TaskState.STARTING, attempt, number, null, since, null, null, exitCode, reason);
    }

    /**
     * Returns this task before another container is created for the same attempt, because the
     * present one could not be started and never ran.
     */
    public Task recreated(String reason, Instant now) {
        require(TaskState.RUNNING);
        return copy(TaskState.STARTING, attempt, 0, null, now, null, null, exitCode, reason);
    }

    /** Returns this task with its container, which may be started from now on. */
    public Task running(String container, String reason, Instant now) {
        require(TaskState.STARTING, TaskState.RUNNING);
        return copy(
                TaskState.RUNNING, attempt, number, container, now, now, null, exitCode, reason);
    }

    public Task stopping(String reason, Instant now) {
        require(TaskState.RUNNING, TaskState.STOPPING);
        return copy(
                TaskState.STOPPING,
                attempt,
                number,
                containerId,
                now,
                startedAt,
                null,
                exitCode,
                reason);
    }

    /**
     * Returns this task at its end.
     *
     * @param exitCode null if the container did not start or its exit code is unknown
     */
    public Task ended(TaskState end, @Nullable Integer exitCode, String reason, Instant now) {
        if (ended() || !end.ended()) {
            throw new IllegalStateException(
                    "task %s is %s and cannot become %s".formatted(name(), state, end));
        }
        return copy(end, attempt, number, containerId, now, startedAt, null, exitCode, reason);
    }

    /** Returns this task before its next attempt, which gets a container of its own. */
    public Task retried(Instant retryAt, @Nullable Integer exitCode, String reason, Instant now) {
        require(TaskState.PENDING, TaskState.STARTING, TaskState.RUNNING, TaskState.STOPPING);
        return copy(TaskState.PENDING, attempt + 1, 0, null, now, null, retryAt, exitCode, reason);
    }

    private void require(TaskState... allowed) {
        if (!List.of(allowed).contains(state)) {
            throw new IllegalStateException(
                    "task %s is %s, which does not allow this change".formatted(name(), state));
        }
    }

    private Task copy(
            TaskState state,
            int attempt,
            long number,
            @Nullable String containerId,
            Instant stateSince,
            @Nullable Instant startedAt,
            @Nullable Instant retryAt,
            @Nullable Integer exitCode,
            String reason) {
        return new Task(
                id,
                appId,
                app,
                revision,
                command,
                timeLimit,
                retries,
                actor,
                release,
                schedule,
                dueAt,
                createdAt,
                state,
                attempt,
                number,
                containerId,
                stateSince,
                startedAt,
                retryAt,
                cancelledBy,
                exitCode,
                reason);
    }
}
