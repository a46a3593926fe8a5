package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Refusal;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Task;
import io.autoserve.model.Term;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores until when the due times of each schedule are handled, and which schedules are suspended.
 * The row changes in the transaction that adds the task of a due time, so no due time gets two
 * tasks, whichever controller leads and whatever the clock shows.
 */
public final class ScheduleTable {
    private static final String STATUS =
            "select app_id, name, suspended_by, handled_until from schedules ";

    private final Database database;
    private final FencedWrites fencedWrites;
    private final TaskTable tasks;
    private final InstantSource clock;

    ScheduleTable(
            Database database, FencedWrites fencedWrites, TaskTable tasks, InstantSource clock) {
        this.database = database;
        this.fencedWrites = fencedWrites;
        this.tasks = tasks;
        this.clock = clock;
    }

    /**
     * Writes the schedules of a new revision. A schedule that is new, or has other times than
     * before, is due for the first time after now.
     */
    static void keep(Transaction transaction, App app) {
        for (var schedule : app.spec().schedules()) {
            transaction.tell(
                    """
                    insert into schedules (app_id, name, cron, time_zone, handled_until) values ($1, $2, $3, $4, $5)
                    on conflict (app_id, name) do update set cron = $3, time_zone = $4,
                        handled_until = case when schedules.cron = $3 and schedules.time_zone = $4
                            then schedules.handled_until else $5 end
                    """,
                    app.id(),
                    schedule.name(),
                    schedule.cron(),
                    schedule.timeZone(),
                    Rows.time(app.updatedAt()));
        }
        transaction.tell(
                "delete from schedules where app_id = $1 and name <> all($2)",
                app.id(),
                app.spec().schedules().stream().map(Schedule::name).toArray(String[]::new));
    }

    /** Reads the schedules of all apps, by the app's id. */
    static Supplier<Map<Long, List<ScheduleStatus>>> all(Transaction transaction) {
        var rows = transaction.ask(STATUS + "order by app_id, name");
        return () -> {
            var all = new HashMap<Long, List<ScheduleStatus>>();
            rows.get()
                    .forEach(row ->
                            all.computeIfAbsent(row.getLong("app_id"), _ -> new ArrayList<>())
                                    .add(status(row)));
            return Map.copyOf(all);
        };
    }

    /** Returns the schedules of an app, sorted by name. */
    public List<ScheduleStatus> of(String app) {
        return database.snapshot(transaction -> {
            var found = new ArrayList<ScheduleStatus>();
            transaction
                    .run(
                            STATUS
                                    + "where app_id = (select id from apps where name = $1) order by name",
                            app)
                    .forEach(row -> found.add(status(row)));
            return List.copyOf(found);
        });
    }

    /**
     * Adds the task of a due time. Returns empty if the due time is handled already, if the app has
     * another revision by now or was deleted, or if it has too many unfinished tasks.
     *
     * @param app the app as the leader saw it
     */
    public Optional<Task> start(Term term, App app, Schedule schedule, Instant due) {
        return fencedWrites.fenced(
                term,
                transaction -> {
                    var present = Rows.app(transaction, app.id());
                    if (present == null
                            || present.revision() != app.revision()
                            || !TaskTable.hasRoom(transaction, app)
                            || !handled(transaction, app, schedule, due)
                            || TaskTable.isStarted(transaction, app, schedule, due)) {
                        return Optional.empty();
                    }
                    var task = Task.due(tasks.newId(), present, schedule, due, clock.instant());
                    TaskTable.insert(transaction, present, task);
                    fencedWrites.append(
                            transaction,
                            term,
                            app.name(),
                            Event.Type.TaskRequested,
                            "task %s: %s".formatted(task.name(), task.reason()));
                    return Optional.of(task);
                });
    }

    /** Records that a due time is not started. */
    public void skip(Term term, App app, Schedule schedule, Instant due, String reason) {
        fencedWrites.fenced(
                term,
                transaction -> {
                    var skipped = handled(transaction, app, schedule, due);
                    if (skipped) {
                        fencedWrites.append(
                                transaction,
                                term,
                                app.name(),
                                Event.Type.ScheduleSkipped,
                                "schedule %s: skipped its time %s: %s"
                                        .formatted(schedule.name(), due, reason));
                    }
                    return skipped;
                });
    }

    /**
     * Cancels a task, because the next due time of its schedule replaces it. A task that has ended
     * or is cancelled already stays unchanged.
     */
    public void supersede(Term term, Schedule schedule, Task task) {
        fencedWrites.fenced(
                term,
                transaction -> {
                    var cancelled = TaskTable.cancel(transaction, task, "schedule");
                    if (cancelled) {
                        fencedWrites.append(
                                transaction,
                                term,
                                task.app(),
                                Event.Type.TaskCancelRequested,
                                "task %s: the next time of schedule %s replaces it"
                                        .formatted(task.name(), schedule.name()));
                    }
                    return cancelled;
                });
    }

    /**
     * @return false if the due time was handled before
     */
    private static boolean handled(
            Transaction transaction, App app, Schedule schedule, Instant due) {
        return transaction
                        .run(
                                """
                                update schedules set handled_until = $3
                                where app_id = $1 and name = $2 and handled_until < $3 and suspended_by is null
                                """,
                                app.id(),
                                schedule.name(),
                                Rows.time(due))
                        .rowCount()
                > 0;
    }

    /** Suspends a schedule: its due times pass without a task until it is resumed. */
    public ScheduleStatus suspend(String app, String name, By by) {
        return change(app, name, by, by.actor(), Event.Type.ScheduleSuspended, "suspended");
    }

    /** Resumes a schedule. Times that passed meanwhile are not made up for. */
    public ScheduleStatus resume(String app, String name, By by) {
        return change(app, name, by, null, Event.Type.ScheduleResumed, "resumed");
    }

    private ScheduleStatus change(
            String app,
            String name,
            By by,
            @Nullable String suspendedBy,
            Event.Type type,
            String what) {
        return database.once(
                by,
                ScheduleStatus.class,
                transaction -> {
                    var before =
                            transaction
                                    .first(
                                            STATUS
                                                    + "where app_id = (select id from apps where name = $1) and name = $2 for update",
                                            app,
                                            name)
                                    .orElseThrow(() -> Refusal.noSchedule(app, name));
                    var known = status(before);
                    if (known.suspended() == (suspendedBy != null)) {
                        return known;
                    }
                    var after =
                            new ScheduleStatus(
                                    name,
                                    suspendedBy,
                                    suspendedBy == null
                                            ? later(clock.instant(), known.handledUntil())
                                            : known.handledUntil());
                    transaction.tell(
                            "update schedules set suspended_by = $3, handled_until = $4 where app_id = $1 and name = $2",
                            before.getLong("app_id"),
                            name,
                            suspendedBy,
                            Rows.time(after.handledUntil()));
                    transaction.note(
                            by.actor(), app, type, "schedule %s: %s".formatted(name, what));
                    return after;
                });
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static ScheduleStatus status(Row row) {
        return new ScheduleStatus(
                row.getString("name"),
                row.getString("suspended_by"),
                row.getOffsetDateTime("handled_until").toInstant());
    }
}
