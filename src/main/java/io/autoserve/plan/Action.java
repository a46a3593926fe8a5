package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppTask;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step that the leader should take next, with its reason. */
public sealed interface Action {

    /** Returns the reason of the action: one clause that operators see unchanged. */
    String reason();

    /**
     * An action that only writes rows. These actions come first, so that routes change before any
     * container does.
     */
    sealed interface OnRecord extends Action {}

    /**
     * An action that calls Docker. Except for {@link Remove}, the call needs a committed row that
     * permits it.
     */
    sealed interface OnEngine extends Action {}

    /** An action that only writes rows of tasks, schedules and release commands. */
    sealed interface OnTaskRecord extends Action {}

    /** An action that only writes the row of a task. */
    sealed interface OnTask extends OnTaskRecord {
        Task task();
    }

    /** An action that starts or stops the container of a task. */
    sealed interface OfTask extends OnEngine {
        AppTask of();
    }

    /** An action that removes a container, if it still exists. */
    sealed interface Removal extends OnEngine {}

    /**
     * Records that the instance's container runs, or that the container or its address differs from
     * the recorded one.
     */
    record Adopt(Instance instance, Container container, String reason) implements OnRecord {}

    /**
     * Records that the instance failed. The slot's next occupant may start at {@code retryAt} or
     * later.
     */
    record Fail(Instance instance, Fail.Cause cause, int failures, Instant retryAt, String reason)
            implements OnRecord {
        /**
         * Returns this action with the container's exit code and last output appended to the
         * reason.
         */
        public Fail saying(String lastWords) {
            return new Fail(instance, cause, failures, retryAt, reason + lastWords);
        }

        public enum Cause {
            /** The container did not start, exited, is paused or no longer exists. */
            CONTAINER,
            /** A startup or liveness check failed. */
            HEALTH
        }
    }

    /** Records whether the instance may get requests. */
    record Mark(Instance instance, boolean ready, String reason) implements OnRecord {}

    /**
     * Takes the instance out of the route and waits until it is drained, at most until {@code
     * until}.
     */
    record Drain(Instance instance, Instant until, String reason) implements OnRecord {}

    /** Deletes a slot that has no container. */
    record Vacate(Instance instance, String reason) implements OnRecord {}

    /** Deletes an app that has no slots. */
    record Delete(App app, String reason) implements OnRecord {}

    /** Moves a rollout to its next step. */
    record Advance(App app, int step, String reason) implements OnRecord {}

    /** Completes a rollout: the new revision is the only one from now on. */
    record Complete(App app, String reason) implements OnRecord {}

    /** Rolls back to the revision that served before the rollout. */
    record RollBack(App app, App before, String reason) implements OnRecord {
        /**
         * Returns the action that takes the place of a refused rollback: the app keeps its present
         * revision, and an operator decides.
         */
        public Pause refused(Refusal refusal) {
            return new Pause(
                    app,
                    "%s; revision %d cannot be restored automatically: %s"
                            .formatted(reason, before.revision(), refusal.getMessage()));
        }
    }

    /**
     * Pauses a failed rollout as it is. An operator decides about the next step, because the spec
     * says so ({@code autoRollback: false}) or because the earlier revision cannot be restored.
     */
    record Pause(App app, String reason) implements OnRecord {}

    /** Gives an empty slot an occupant and starts it. */
    record Start(App app, int index, Start.Cause cause, String reason) implements OnEngine {
        public enum Cause {
            /** The slot's last occupant failed, so the app has fewer instances than before. */
            REPAIR,
            /** The app needs more instances, or instances of another revision. */
            GROWTH
        }
    }

    /** Continues a start that was recorded but not finished. */
    record Resume(App app, Instance instance, String reason) implements OnEngine {}

    /** Stops a drained instance and deletes its slot. */
    record Stop(App app, Instance instance, @Nullable Container container, String reason)
            implements Removal {}

    /**
     * Removes what is left of a failed instance. Its slot then waits for the next occupant.
     *
     * @param grace time between SIGTERM and SIGKILL for a container that still runs
     */
    record Clear(
            App app,
            Instance instance,
            @Nullable Container container,
            Duration grace,
            String reason)
            implements Removal {}

    /** Removes a container that belongs to no instance. */
    record Remove(Container container, String reason) implements Removal {}

    /** Requests the task of the release command of the app's template. */
    record RunRelease(App app, String reason) implements OnTaskRecord {}

    /** An action about a due time of a schedule, which only writes rows. */
    sealed interface OnSchedule extends OnTaskRecord {
        App app();

        Schedule schedule();
    }

    /** Requests the task of a due time. */
    record StartDue(App app, Schedule schedule, Instant due) implements OnSchedule {
        @Override
        public String reason() {
            return "it is due";
        }
    }

    /** Records that a due time is not started. */
    record SkipDue(App app, Schedule schedule, Instant due, String reason) implements OnSchedule {}

    /** Cancels the tasks of earlier due times, because the next one replaces them. */
    record Supersede(App app, Schedule schedule, List<Task> tasks) implements OnSchedule {
        @Override
        public String reason() {
            return "the next time of the schedule replaces its tasks";
        }
    }

    /** Records that the container of the task was started already. */
    record AdoptTask(Task task, Container container, String reason) implements OnTask {}

    /** Reads how the container of the task ended, and records what follows from it. */
    record CloseTask(Task task, Container container) implements OnTask {
        @Override
        public String reason() {
            return "the container exited";
        }
    }

    /**
     * Records the end of the task.
     *
     * @param exitCode null if there is none
     */
    record EndTask(Task task, Task.TaskState end, @Nullable Integer exitCode, String reason)
            implements OnTask {
        /** Returns this action with the last output of the command appended to the reason. */
        public EndTask saying(String lastWords) {
            return new EndTask(task, end, exitCode, reason + lastWords);
        }
    }

    /**
     * Records that the attempt failed, and that another one follows at {@code retryAt} or later.
     */
    record RetryTask(Task task, Instant retryAt, @Nullable Integer exitCode, String reason)
            implements OnTask {}

    /**
     * Creates the container of the task, unless it exists, and starts it.
     *
     * @param container the container that an earlier start created; null if there is none
     */
    record RunTask(AppTask of, @Nullable Container container, String reason) implements OfTask {}

    /** Stops the container of the task, which stays until its outcome is recorded. */
    record HaltTask(AppTask of, Container container, Duration grace, String reason)
            implements OfTask {}
}
