package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.Node;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a due time of a schedule is started or skipped. Each due time is handled once,
 * because the time until which all are handled is recorded together with the task. Of several due
 * times that were missed, only the last one counts, and only within the starting deadline.
 */
public final class SchedulePlanner {
    /** Most missed due times to step over in one plan. The next plan continues. */
    private static final int MOST_STEPS = 2_000;

    private SchedulePlanner() {}

    /**
     * @param release how far the release command of the app's template is; null if it has none. Due
     *     times wait for it
     * @param tasks the tasks of the app that have not ended. While there are too many, due times
     *     wait
     */
    public static Plan plan(
            App app,
            Schedule schedule,
            ScheduleStatus status,
            @Nullable ReleaseStatus release,
            List<Task> tasks,
            Node node,
            DueTimes times,
            Instant now) {
        if (status.suspended()
                || app.intent() == App.Intent.DELETE
                || node.drained()
                || ReleasePlanner.holds(app, release)) {
            return Plan.NOTHING;
        }
        var next = next(times, schedule, status.handledUntil());
        if (next.isEmpty()) {
            return Plan.NOTHING;
        }
        if (next.get().isAfter(now)) {
            return Plan.lookingAgainAt(next.get());
        }
        return due(app, schedule, last(times, schedule, next.get(), now), tasks, now);
    }

    private static Plan due(
            App app, Schedule schedule, Instant due, List<Task> tasks, Instant now) {
        if (due.plus(schedule.startingDeadline()).isBefore(now)) {
            return Plan.of(
                    new Action.SkipDue(
                            app,
                            schedule,
                            due,
                            "it could not start within %d s"
                                    .formatted(schedule.startingDeadline().toSeconds())));
        }
        var running =
                tasks.stream().filter(task -> schedule.name().equals(task.schedule())).toList();
        if (running.isEmpty()) {
            return started(app, schedule, due, tasks);
        }
        return switch (schedule.concurrency()) {
            case ALLOW -> started(app, schedule, due, tasks);
            case FORBID ->
                    Plan.of(
                            new Action.SkipDue(
                                    app,
                                    schedule,
                                    due,
                                    "task %s of an earlier time has not ended"
                                            .formatted(running.getFirst().name())));
            case REPLACE -> replaced(app, schedule, running);
        };
    }

    private static Plan started(App app, Schedule schedule, Instant due, List<Task> tasks) {
        return tasks.size() < Task.MOST_UNFINISHED
                ? Plan.of(new Action.StartDue(app, schedule, due))
                : Plan.NOTHING;
    }

    /** Cancels the earlier tasks. The due time is started when all of them have ended. */
    private static Plan replaced(App app, Schedule schedule, List<Task> running) {
        var left = running.stream().filter(task -> task.cancelledBy() == null).toList();
        return left.isEmpty() ? Plan.NOTHING : Plan.of(new Action.Supersede(app, schedule, left));
    }

    /** Returns the last due time that is not after {@code now}. */
    private static Instant last(DueTimes times, Schedule schedule, Instant first, Instant now) {
        var due = first;
        for (var step = 0; step < MOST_STEPS; step++) {
            var next = next(times, schedule, due);
            if (next.isEmpty() || next.get().isAfter(now)) {
                return due;
            }
            due = next.get();
        }
        return due;
    }

    /**
     * Returns the next due time. Empty also for times that were valid when the spec was applied,
     * but that this version cannot read.
     */
    public static Optional<Instant> next(DueTimes times, Schedule schedule, Instant after) {
        try {
            return times.next(schedule.cron(), schedule.timeZone(), after);
        } catch (IllegalArgumentException unreadable) {
            return Optional.empty();
        }
    }
}
