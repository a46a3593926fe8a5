package io.autoserve.platform;

import static java.util.Objects.requireNonNull;
import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.By;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.autoserve.plan.DueTimes;
import io.autoserve.plan.SchedulePlanner;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.TaskTable;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and writes tasks in the database, and reads the output of running tasks from Docker. */
public record StoredTasks(
        TaskTable table, DueTimes dueTimes, ContainerRuntime runtime, Background background)
        implements Tasks {

    @Override
    public Future<Task> request(String app, TaskRequest request, By by) {
        return background.run(() -> table.request(app, request, by));
    }

    @Override
    public Future<List<Task>> all(String app, int limit) {
        return background.run(() -> table.all(app, limit));
    }

    @Override
    public Future<Task> task(String app, String name) {
        return background.run(() -> table.find(app, name));
    }

    @Override
    public Future<Task> cancel(String app, String name, By by) {
        return background.run(() -> table.cancel(app, name, by));
    }

    @Override
    public Future<Output> output(String app, String name, int tail, @Nullable Instant since) {
        return background.run(() -> {
            var task = table.find(app, name);
            return task.ended() ? kept(task, tail, since) : written(task, tail, since);
        });
    }

    @Override
    public Future<List<ScheduleState>> schedules(App app) {
        return background.run(() -> {
            var known =
                    table.schedules().of(app.name()).stream()
                            .collect(toMap(ScheduleStatus::name, identity()));
            return app.spec().schedules().stream()
                    .filter(schedule -> known.containsKey(schedule.name()))
                    .map(schedule -> state(schedule, requireNonNull(known.get(schedule.name()))))
                    .toList();
        });
    }

    private ScheduleState state(Schedule schedule, ScheduleStatus status) {
        var next =
                status.suspended()
                        ? null
                        : SchedulePlanner.next(dueTimes, schedule, status.handledUntil())
                                .orElse(null);
        return new ScheduleState(schedule, status, next);
    }

    @Override
    public Future<ScheduleStatus> suspend(String app, String schedule, By by) {
        return background.run(() -> table.schedules().suspend(app, schedule, by));
    }

    @Override
    public Future<ScheduleStatus> resume(String app, String schedule, By by) {
        return background.run(() -> table.schedules().resume(app, schedule, by));
    }

    private Output written(Task task, int tail, @Nullable Instant since) {
        var container = task.containerId();
        if (container == null) {
            return kept(task, tail, since);
        }
        try {
            return new Output(task, runtime.logs(container, tail, since));
        } catch (EngineException failure) {
            var now = table.find(task.app(), task.name());
            if (!now.ended()) {
                throw failure;
            }
            return kept(now, tail, since); // the container was removed meanwhile
        }
    }

    private Output kept(Task task, int tail, @Nullable Instant since) {
        var lines =
                table.output(task).stream()
                        .filter(line -> since == null || !line.at().isBefore(since))
                        .toList();
        return new Output(task, lines.subList(Math.max(0, lines.size() - tail), lines.size()));
    }
}
