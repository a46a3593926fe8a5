package io.autoserve.testing;

import static io.autoserve.testing.Fixtures.NOON;

import io.autoserve.model.App;
import io.autoserve.model.By;
import io.autoserve.model.LogLine;
import io.autoserve.model.Refusal;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.autoserve.platform.Tasks;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Keeps tasks in memory. A task stays pending until a test ends it. */
public final class FakeTasks implements Tasks {
    private final Function<String, @Nullable App> apps;
    private final Consumer<By> remembered;
    private final List<Task> tasks = new ArrayList<>();
    private final Map<Long, List<LogLine>> lines = new HashMap<>();
    private final Map<String, String> suspended = new HashMap<>();

    FakeTasks(Function<String, @Nullable App> apps, Consumer<By> remembered) {
        this.apps = apps;
        this.remembered = remembered;
    }

    /** Ends the newest task of all apps, after it has written these lines. */
    public synchronized void end(Task.TaskState end, int exitCode, String... written) {
        var task = tasks.removeFirst().starting(1, "test", NOON).running("c", "test", NOON);
        tasks.addFirst(task.ended(end, exitCode, "the test ended it", NOON));
        lines.put(
                task.id(),
                List.of(written).stream().map(text -> new LogLine(NOON, false, text)).toList());
    }

    @Override
    public synchronized Future<Task> request(String name, TaskRequest request, By by) {
        remembered.accept(by);
        var app = apps.apply(name);
        if (app == null) {
            return Future.failedFuture(Refusal.notFound(name));
        }
        var task = Task.requested(tasks.size(), app, request, by.actor(), NOON);
        tasks.addFirst(task);
        return Future.succeededFuture(task);
    }

    @Override
    public synchronized Future<List<Task>> all(String app, int limit) {
        return Future.succeededFuture(
                tasks.stream().filter(task -> task.app().equals(app)).limit(limit).toList());
    }

    @Override
    public synchronized Future<Task> task(String app, String name) {
        return tasks.stream()
                .filter(task -> task.app().equals(app) && task.name().equals(name))
                .findFirst()
                .map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(Refusal.noTask(app, name)));
    }

    @Override
    public synchronized Future<Task> cancel(String app, String name, By by) {
        remembered.accept(by);
        return task(app, name)
                .map(task -> {
                    if (task.ended()) {
                        return task;
                    }
                    var cancelled =
                            task.ended(
                                    Task.TaskState.CANCELLED,
                                    null,
                                    "cancelled by " + by.actor(),
                                    NOON);
                    tasks.set(tasks.indexOf(task), cancelled);
                    return cancelled;
                });
    }

    @Override
    public synchronized Future<Output> output(
            String app, String name, int tail, @Nullable Instant since) {
        return task(app, name)
                .map(task -> new Output(task, lines.getOrDefault(task.id(), List.of())));
    }

    @Override
    public synchronized Future<List<ScheduleState>> schedules(App app) {
        return Future.succeededFuture(
                app.spec().schedules().stream()
                        .map(schedule ->
                                new ScheduleState(
                                        schedule, status(schedule.name()), NOON.plusSeconds(60)))
                        .toList());
    }

    private ScheduleStatus status(String schedule) {
        return new ScheduleStatus(schedule, suspended.get(schedule), NOON);
    }

    @Override
    public synchronized Future<ScheduleStatus> suspend(String app, String schedule, By by) {
        remembered.accept(by);
        suspended.put(schedule, by.actor());
        return known(app, schedule);
    }

    @Override
    public synchronized Future<ScheduleStatus> resume(String app, String schedule, By by) {
        remembered.accept(by);
        suspended.remove(schedule);
        return known(app, schedule);
    }

    private Future<ScheduleStatus> known(String name, String schedule) {
        var app = apps.apply(name);
        return app != null
                        && app.spec().schedules().stream()
                                .anyMatch(it -> it.name().equals(schedule))
                ? Future.succeededFuture(status(schedule))
                : Future.failedFuture(Refusal.noSchedule(name, schedule));
    }
}
