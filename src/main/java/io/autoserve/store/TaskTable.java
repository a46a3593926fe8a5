package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppTask;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.LogLine;
import io.autoserve.model.PlainText;
import io.autoserve.model.Refusal;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.autoserve.model.Term;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Stores tasks. Any controller may write the requests of users. Only the leader writes what becomes
 * of a task, and such a write commits only during its term.
 */
public final class TaskTable {
    /** Most lines of a task's output that are kept after its end. */
    static final int MOST_LINES = 500;

    /** Most characters of a task's output that are kept after its end. */
    private static final int MOST_CHARACTERS = 32 * 1024;

    private static final int LONGEST_LINE = 2_000;

    /** The condition on a row {@code t} of tasks that the task has not ended. */
    static final String UNFINISHED = "t.state in ('PENDING', 'STARTING', 'RUNNING', 'STOPPING')";

    private static final String COLUMNS =
            """
            t.id, t.app_id, a.name as app, t.revision, t.command, t.time_limit_seconds, t.retries, t.actor, t.release, t.schedule, t.due_at,
            t.created_at, t.state, t.attempt, t.number, t.container_id, t.state_since, t.started_at, t.retry_at,
            t.cancelled_by, t.exit_code, t.reason
            """;

    private static final String TASKS =
            "select " + COLUMNS + " from tasks t join apps a on a.id = t.app_id ";

    private final Database database;
    private final FencedWrites fencedWrites;
    private final InstantSource clock;
    private final Quotas quotas;
    private final RandomGenerator random;
    private final ScheduleTable schedules;

    /**
     * @param limits limits of an instance, which quotas assume for revisions without a limit
     * @param random chooses the ids of tasks
     */
    public TaskTable(
            Database database,
            FencedWrites fencedWrites,
            InstantSource clock,
            InstanceLimits limits,
            RandomGenerator random) {
        this.database = database;
        this.fencedWrites = fencedWrites;
        this.clock = clock;
        this.random = random;
        quotas = new Quotas(limits);
        schedules = new ScheduleTable(database, fencedWrites, this, clock);
    }

    /** Returns the table of the schedules that add tasks at certain times. */
    public ScheduleTable schedules() {
        return schedules;
    }

    /**
     * Adds a task, which the leader then runs. Refuses if the app does not exist or is being
     * deleted, if the revision is not kept, if the app has too many unfinished tasks, or if the
     * author's token would exceed its quota.
     */
    public Task request(String name, TaskRequest request, By by) {
        return database.once(
                by,
                Task.class,
                transaction -> {
                    var app = app(transaction, name, request.revision());
                    requireRoom(transaction, app);
                    quotas.requireTask(transaction, by, app);
                    var task = Task.requested(newId(), app, request, by.actor(), clock.instant());
                    insert(transaction, app, task);
                    transaction.note(
                            by.actor(),
                            name,
                            Event.Type.TaskRequested,
                            "task %s: runs %s with revision %d"
                                    .formatted(task.name(), request.text(), task.revision()));
                    return task;
                });
    }

    /**
     * Locks the app, and returns it at the revision.
     *
     * @param revision null for the present revision
     */
    private static App app(Transaction transaction, String name, @Nullable Integer revision) {
        transaction.tell("select from apps where name = $1 for update", name); // see Rows.app
        var app =
                transaction
                        .first(Rows.APPS + "where a.name = $1 for update of a", name)
                        .map(row -> Rows.app(row))
                        .orElseThrow(() -> Refusal.notFound(name));
        if (app.intent() == App.Intent.DELETE) {
            throw Refusal.conflict("app '%s' is being deleted".formatted(name));
        }
        if (revision == null || revision == app.revision()) {
            return app;
        }
        return transaction
                .first(Rows.REVISIONS + "where r.app_id = $1 and r.number = $2", app.id(), revision)
                .map(Rows::revision)
                .map(kept -> app.at(kept.number(), kept.template(), kept.spec(), kept.image()))
                .orElseThrow(() ->
                        Refusal.conflict(
                                "app '%1$s' has no kept revision %2$d: 'autoserve rollout history %1$s' lists the kept revisions"
                                        .formatted(name, revision)));
    }

    private static void requireRoom(Transaction transaction, App app) {
        if (!hasRoom(transaction, app)) {
            throw Refusal.conflict(
                    "app '%1$s' has %2$d tasks that have not ended, which is the maximum: cancel one ('autoserve task cancel %1$s TASK') or wait"
                            .formatted(app.name(), Task.MOST_UNFINISHED));
        }
    }

    /** Returns whether the app may have one more unfinished task. The app must be locked. */
    static boolean hasRoom(Transaction transaction, App app) {
        return transaction
                        .run(
                                "select count(*) from tasks t where t.app_id = $1 and "
                                        + UNFINISHED,
                                app.id())
                        .iterator()
                        .next()
                        .getLong(0)
                < Task.MOST_UNFINISHED;
    }

    /**
     * Returns whether the due time has a task already. It can have one although its schedule has
     * not handled it, because a schedule whose times change counts from the clock of another
     * controller.
     */
    static boolean isStarted(Transaction transaction, App app, Schedule schedule, Instant due) {
        return transaction
                .first(
                        "select from tasks where app_id = $1 and schedule = $2 and due_at = $3",
                        app.id(),
                        schedule.name(),
                        Rows.time(due))
                .isPresent();
    }

    static void insert(Transaction transaction, App app, Task task) {
        var resources = app.spec().resources();
        transaction.tell(
                """
                insert into tasks (id, app_id, revision, template, spec, cpu_millis, memory_bytes, command,
                    time_limit_seconds, retries, actor, created_at, state, attempt, number, state_since, reason,
                    release, schedule, due_at)
                values ($1, $2, $3, $4, $5::text::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, $12, $15, $16, $17, $18)
                """,
                task.id(),
                task.appId(),
                task.revision(),
                app.template(),
                Json.write(app.spec()),
                resources.cpuMillis(),
                resources.memoryBytes(),
                task.command().toArray(String[]::new),
                (int) task.timeLimit().toSeconds(),
                task.retries(),
                task.actor(),
                Rows.time(task.createdAt()),
                task.state().name(),
                task.attempt(),
                task.reason(),
                task.release(),
                task.schedule(),
                Rows.time(task.dueAt()));
    }

    /**
     * Adds the task for the release command of the app's template. Returns empty if the command is
     * not due, for example because the app has another template by now.
     */
    public Optional<Task> release(Term term, App app) {
        return fencedWrites.fenced(
                term,
                transaction -> {
                    var present = Rows.app(transaction, app.id());
                    var release = present == null ? null : present.spec().release();
                    if (present == null
                            || release == null
                            || present.template() != app.template()
                            || !ReleaseTable.isDue(transaction, present)) {
                        return Optional.empty();
                    }
                    var task = Task.release(newId(), present, release, clock.instant());
                    insert(transaction, present, task);
                    ReleaseTable.started(transaction, task);
                    fencedWrites.append(
                            transaction,
                            term,
                            app.name(),
                            Event.Type.TaskRequested,
                            "task %s: %s".formatted(task.name(), task.reason()));
                    return Optional.of(task);
                });
    }

    long newId() {
        return random.nextLong(Task.LARGEST_ID + 1);
    }

    /**
     * Cancels a task. The leader then stops its container. A task that has ended stays unchanged.
     */
    public Task cancel(String app, String name, By by) {
        return database.once(
                by,
                Task.class,
                transaction -> {
                    var task =
                            locked(transaction, Task.id(name))
                                    .filter(found -> found.app().equals(app))
                                    .orElseThrow(() -> Refusal.noTask(app, name));
                    if (!cancel(transaction, task, by.actor())) {
                        return task;
                    }
                    var cancelled = locked(transaction, task.id()).orElse(task);
                    transaction.note(
                            by.actor(),
                            app,
                            Event.Type.TaskCancelRequested,
                            "task %s: cancel requested".formatted(name));
                    return cancelled;
                });
    }

    /**
     * @return false if the task has ended or is cancelled already
     */
    static boolean cancel(Transaction transaction, Task task, String actor) {
        return transaction
                        .run(
                                "update tasks t set cancelled_by = $2 where t.id = $1 and t.cancelled_by is null and "
                                        + UNFINISHED,
                                task.id(),
                                actor)
                        .rowCount()
                > 0;
    }

    /** Returns the tasks of an app, newest first. */
    public List<Task> all(String app, int limit) {
        return database.snapshot(transaction -> {
            var tasks = new ArrayList<Task>();
            transaction
                    .run(
                            TASKS + "where a.name = $1 order by t.created_at desc, t.id limit $2",
                            app,
                            limit)
                    .forEach(row -> tasks.add(task(row)));
            return List.copyOf(tasks);
        });
    }

    /**
     * Returns a task of the app.
     *
     * @throws Refusal if the app has no such task
     */
    public Task find(String app, String name) {
        return database.snapshot(transaction ->
                transaction
                        .first(TASKS + "where a.name = $1 and t.id = $2", app, Task.id(name))
                        .map(TaskTable::task)
                        .orElseThrow(() -> Refusal.noTask(app, name)));
    }

    /** Returns the last lines of the last attempt that ended, oldest first. */
    public List<LogLine> output(Task task) {
        return database.snapshot(transaction ->
                transaction
                        .first(
                                "select output from tasks where id = $1 and output is not null",
                                task.id())
                        .map(row -> List.of(Json.read(row.getString(0), LogLine[].class)))
                        .orElse(List.of()));
    }

    /**
     * Permits Docker to create the container of the task's present attempt. Returns empty if the
     * task was cancelled, or if its container was created already.
     *
     * @param seen the task as the leader saw it
     */
    public Optional<Task> start(Term term, Task seen, String reason) {
        return changed(
                term,
                seen,
                Event.Type.TaskStarting,
                (transaction, row) ->
                        row.cancelledBy() == null
                                        && (row.state() == Task.TaskState.PENDING
                                                || row.state() == Task.TaskState.STARTING)
                                ? Optional.of(
                                        row.starting(
                                                FencedWrites.nextId(transaction, term),
                                                reason,
                                                clock.instant()))
                                : Optional.empty(),
                null);
    }

    /**
     * Changes a task by {@code change}, which returns empty if the task no longer allows the
     * change. Changes nothing if the task has ended or is at another attempt.
     *
     * @param seen the task as the leader saw it
     */
    public Optional<Task> move(
            Term term, Task seen, Event.Type type, Function<Task, Optional<Task>> change) {
        return changed(term, seen, type, (_, row) -> change.apply(row), null);
    }

    /**
     * Ends a task or its present attempt, and keeps the last lines of its output. Changes nothing
     * if the task has ended or is at another attempt.
     *
     * @param output what the container wrote, oldest line first; null if none started, so that the
     *     output of the attempt before is kept
     */
    public Optional<Task> close(
            Term term,
            Task seen,
            Event.Type type,
            Function<Task, Task> change,
            @Nullable List<LogLine> output) {
        return changed(
                term,
                seen,
                type,
                (_, row) -> Optional.of(change.apply(row)),
                output == null ? null : Json.write(kept(output)));
    }

    /**
     * @param output null to keep the output of the earlier attempt
     */
    private Optional<Task> changed(
            Term term,
            Task seen,
            Event.Type type,
            BiFunction<Transaction, Task, Optional<Task>> change,
            @Nullable String output) {
        return fencedWrites.fenced(
                term,
                transaction ->
                        locked(transaction, seen.id())
                                .filter(row -> row.isAttempt(seen) && !row.ended())
                                .flatMap(row -> change.apply(transaction, row))
                                .map(after -> {
                                    put(transaction, after, output);
                                    if (after.release() != null && after.ended()) {
                                        ReleaseTable.ended(transaction, after);
                                    }
                                    fencedWrites.append(
                                            transaction,
                                            term,
                                            after.app(),
                                            type,
                                            "task %s: %s".formatted(after.name(), after.reason()));
                                    return after;
                                }));
    }

    private static void put(Transaction transaction, Task task, @Nullable String output) {
        transaction.tell(
                """
                update tasks set state = $2, attempt = $3, container_id = $4, state_since = $5, started_at = $6,
                    retry_at = $7, exit_code = $8, reason = $9, output = coalesce($10, output),
                    spec = case when $11 then null else spec end, number = $12
                where id = $1
                """,
                task.id(),
                task.state().name(),
                task.attempt(),
                task.containerId(),
                Rows.time(task.stateSince()),
                Rows.time(task.startedAt()),
                Rows.time(task.retryAt()),
                task.exitCode(),
                task.reason(),
                output,
                task.ended(),
                task.number());
    }

    private static Optional<Task> locked(Transaction transaction, long id) {
        return transaction
                .first(TASKS + "where t.id = $1 for update of t", id)
                .map(TaskTable::task);
    }

    /**
     * Returns the newest lines, cut to what is kept. Text from a container may contain anything, so
     * it is cleaned.
     */
    static List<LogLine> kept(List<LogLine> output) {
        var kept = new ArrayList<LogLine>();
        var characters = 0;
        for (var line : output.reversed()) {
            var text = PlainText.cut(PlainText.indented(line.text()), LONGEST_LINE);
            characters += text.length();
            if (kept.size() == MOST_LINES || characters > MOST_CHARACTERS) {
                break;
            }
            kept.add(new LogLine(line.at(), line.error(), text));
        }
        return List.copyOf(kept.reversed());
    }

    /** Reads the unfinished tasks, each with its app. */
    static Supplier<RowSet<Row>> unfinished(Transaction transaction) {
        return transaction.ask(
                """
                select %s, t.template, t.spec::text as spec, i.image
                from tasks t join apps a on a.id = t.app_id
                left join template_images i on i.app_id = t.app_id and i.template = t.template
                where %s order by t.created_at, t.id
                """
                        .formatted(COLUMNS, UNFINISHED));
    }

    /**
     * Converts a row of {@link #unfinished}.
     *
     * @param apps the apps that can be read, by id
     * @return empty if the app of the task cannot be read
     */
    static Optional<AppTask> unfinished(Row row, Map<Long, App> apps) {
        return Optional.ofNullable(apps.get(row.getLong("app_id")))
                .map(app ->
                        new AppTask(
                                app.at(
                                        row.getInteger("revision"),
                                        row.getInteger("template"),
                                        Rows.spec(row.getString("spec")),
                                        row.getString("image")),
                                task(row)));
    }

    private static Task task(Row row) {
        return new Task(
                row.getLong("id"),
                row.getLong("app_id"),
                row.getString("app"),
                row.getInteger("revision"),
                Arrays.asList(row.getArrayOfStrings("command")),
                Duration.ofSeconds(row.getInteger("time_limit_seconds")),
                row.getInteger("retries"),
                row.getString("actor"),
                row.getInteger("release"),
                row.getString("schedule"),
                Rows.instant(row, "due_at"),
                row.getOffsetDateTime("created_at").toInstant(),
                Rows.word(Task.TaskState.class, row, "state"),
                row.getInteger("attempt"),
                row.getLong("number"),
                row.getString("container_id"),
                row.getOffsetDateTime("state_since").toInstant(),
                Rows.instant(row, "started_at"),
                Rows.instant(row, "retry_at"),
                row.getString("cancelled_by"),
                row.getInteger("exit_code"),
                row.getString("reason"));
    }
}
