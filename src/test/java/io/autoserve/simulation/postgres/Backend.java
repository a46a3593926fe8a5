package io.autoserve.simulation.postgres;

import io.autoserve.simulation.postgres.Locks.Mode;
import io.autoserve.simulation.postgres.Schema.Table;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * The server's side of one session. It runs the statements of its client one after the other, on a
 * thread of the database's process.
 */
final class Backend {
    private static final Duration FOREVER = Duration.ofDays(1000);

    /** The key of a row that never exists. Deleting it makes a transaction that wrote something. */
    private static final Key MESSAGE = new Key(List.of(""));

    final Node node;
    private final String client;
    private final Map<String, String> settings;
    private Transaction transaction;
    private Semaphore standbyWait;
    private boolean cancelled;

    /**
     * @param client name of the process at the other end
     * @param settings settings of the session, by their names in PostgreSQL
     */
    Backend(Node node, String client, Map<String, String> settings) {
        this.node = node;
        this.client = client;
        this.settings = new LinkedHashMap<>(settings);
    }

    /**
     * Runs the statements of one message and returns the last result.
     *
     * @param parameters values of $1, $2 and so on
     */
    Result run(String sql, List<Object> parameters) throws Refused, InterruptedException {
        if (sql.startsWith("insert into samples ")) {
            return Result.NOTHING; // the model keeps no samples, which only the next leader reads
        }
        var result = Result.NOTHING;
        var statements = SqlParser.parse(sql);
        var implicit = transaction == null && statements.size() > 1;
        if (implicit && !(statements.getFirst() instanceof Sql.Begin)) {
            transaction = new Transaction(node.store(), false);
        }
        try {
            for (var statement : statements) {
                result = run(statement, parameters);
            }
        } catch (Refused refused) {
            if (transaction != null) {
                transaction.fail();
            }
            if (implicit) {
                rollBack();
            }
            throw refused;
        }
        if (implicit && !(statements.getFirst() instanceof Sql.Begin)) {
            commit();
        }
        return result;
    }

    private Result run(Sql.Statement statement, List<Object> parameters)
            throws Refused, InterruptedException {
        if (transaction != null
                && transaction.failed()
                && !(statement instanceof Sql.Rollback)
                && !(statement instanceof Sql.Commit)) {
            throw Refused.with(
                    "25P02",
                    "current transaction is aborted, commands ignored until end of transaction block");
        }
        return switch (statement) {
            case Sql.Begin(var repeatable) -> {
                transaction = new Transaction(node.store(), repeatable);
                if ("local".equals(settings.get("synchronous_commit"))) {
                    transaction.waitForStandby(false);
                }
                yield Result.NOTHING;
            }
            case Sql.Commit() -> {
                if (transaction != null && transaction.failed()) {
                    rollBack();
                } else {
                    commit();
                }
                yield Result.NOTHING;
            }
            case Sql.Rollback() -> {
                rollBack();
                yield Result.NOTHING;
            }
            case Sql.SetLocal(var name, var value) -> {
                if (name.equals("synchronous_commit")) {
                    transaction.waitForStandby(!value.equals("local"));
                }
                yield Result.NOTHING;
            }
            case Sql.Listen() -> Result.NOTHING;
            case Sql.LockTable(var table) -> {
                lock(transaction, new Locks.OfTable(table), Mode.UPDATE);
                yield Result.NOTHING;
            }
            case Sql.With _, Sql.Select _, Sql.Insert _, Sql.Update _, Sql.Delete _ ->
                    alone(statement, parameters);
        };
    }

    /** Runs a statement, in a transaction of its own if none is open. */
    private Result alone(Sql.Statement statement, List<Object> parameters)
            throws Refused, InterruptedException {
        if (transaction != null) {
            return evaluated(statement, parameters);
        }
        transaction = new Transaction(node.store(), false);
        if ("local".equals(settings.get("synchronous_commit"))) {
            transaction.waitForStandby(false);
        }
        try {
            var result = evaluated(statement, parameters);
            commit();
            return result;
        } finally {
            rollBack();
        }
    }

    private Result evaluated(Sql.Statement statement, List<Object> parameters)
            throws Refused, InterruptedException {
        var current = transaction;
        var snapshot = current.beginStatement();
        try {
            return new Evaluation(this, current, parameters, snapshot).run(statement);
        } finally {
            current.endStatement();
        }
    }

    boolean inTransaction() {
        return transaction != null;
    }

    private void commit() throws InterruptedException {
        var ending = transaction;
        if (ending == null) {
            return;
        }
        ending.close();
        if (!ending.changes().isEmpty()) {
            node.committing(new Commit(ending, client));
            var position = node.committed(ending.changes());
            if (!ending.local()) {
                awaitStandby(position);
            }
        }
        transaction = null;
        node.locks().releaseAll(ending);
        if (ending.hasEvents()) {
            node.notified();
        }
    }

    /**
     * Waits until the standby has the log up to this position. If the wait is cancelled, the commit
     * succeeds all the same, and the client gets a warning.
     */
    private void awaitStandby(long position) throws InterruptedException {
        standbyWait = new Semaphore(0);
        node.awaitStandby(position, standbyWait);
        standbyWait.acquire();
        standbyWait = null;
    }

    /** Returns whether the last wait for the standby was cancelled, and forgets it. */
    boolean warned() {
        var warned = cancelled;
        cancelled = false;
        return warned;
    }

    /** Cancels the wait for the standby, if there is one. */
    void cancel() {
        if (standbyWait != null) {
            cancelled = true;
            standbyWait.release();
        }
    }

    void rollBack() {
        var ending = transaction;
        if (ending != null) {
            transaction = null;
            ending.close();
            node.locks().releaseAll(ending);
        }
    }

    /** Ends the session, whatever it does. */
    void end() {
        rollBack();
        node.locks().releaseAll(this);
    }

    /** Takes a lock that is held until the transaction ends. */
    void lock(Transaction owner, Object what, Mode mode) throws Refused, InterruptedException {
        if (!node.locks().take(owner, what, mode, patience())) {
            throw Refused.cancelled();
        }
    }

    private Duration patience() {
        var timeout = settings.get("statement_timeout");
        return timeout == null ? FOREVER : duration(timeout);
    }

    /** Reads a time such as 750ms or 2s. */
    static Duration duration(String text) {
        return text.endsWith("ms")
                ? Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)))
                : Duration.ofSeconds(Long.parseLong(text.substring(0, text.length() - 1)));
    }

    /** Calls a function of PostgreSQL or of the migrations. */
    Object call(Transaction caller, String function, List<Object> values)
            throws Refused, InterruptedException {
        return switch (function) {
            case "autoserve_await_lock" -> awaitLock((Long) values.get(0), number(values.get(1)));
            case "pg_advisory_unlock" -> {
                node.locks().release(this, new Locks.Advisory(number(values.getFirst())));
                yield true;
            }
            case "pg_advisory_xact_lock" -> {
                lock(caller, advisory(values), Mode.UPDATE);
                yield "";
            }
            case "make_sample_partitions" -> ""; // the model keeps no samples
            case "append_event" -> append(caller, values);
            case "keep_idempotent_request" -> keep(caller, values);
            case "forget_old_revisions" -> forget(caller, values);
            case "nextval" -> node.store().next((String) values.getFirst());
            case "gen_random_uuid" -> node.randomId();
            case "now", "clock_timestamp" -> now();
            case "hashtext" -> Long.valueOf(values.getFirst().hashCode());
            case "pg_current_wal_lsn" -> node.position();
            case "pg_walfile_name" -> "%08X%016X".formatted(node.timeline(), 0);
            case "pg_logical_emit_message" -> {
                caller.put(Schema.table("nodes"), MESSAGE, null);
                yield node.position();
            }
            case "current_setting" -> node.synchronousStandby() ? "*" : "";
            case "pg_is_in_recovery" -> !node.isPrimary();
            default ->
                    throw new UnsupportedOperationException(
                            "the model does not know the function " + function);
        };
    }

    private static long number(Object value) {
        return ((Number) value).longValue();
    }

    private static Locks.Advisory advisory(List<Object> values) {
        return values.size() == 1
                ? new Locks.Advisory(number(values.getFirst()))
                : new Locks.Advisory(
                        (number(values.get(0)) << 32) ^ (number(values.get(1)) & 0xffff_ffffL));
    }

    private OffsetDateTime now() {
        return node.process().clock().instant().atOffset(ZoneOffset.UTC);
    }

    private Boolean awaitLock(long key, long patience) throws InterruptedException {
        if (!node.isPrimary()) {
            return null;
        }
        return node.locks()
                .take(this, new Locks.Advisory(key), Mode.UPDATE, Duration.ofMillis(patience));
    }

    private Long append(Transaction caller, List<Object> values)
            throws Refused, InterruptedException {
        lock(caller, new Locks.Advisory("autoserve.events".hashCode()), Mode.UPDATE);
        var events = Schema.table("events");
        var seq = node.store().next("events.seq");
        var row =
                new Object[] {
                    seq,
                    now(),
                    number(values.get(0)),
                    values.get(1),
                    values.get(2),
                    values.get(3),
                    values.get(4),
                    values.get(5)
                };
        caller.put(events, events.key(row), row);
        caller.notifies();
        return seq;
    }

    private Object keep(Transaction caller, List<Object> values)
            throws Refused, InterruptedException {
        var asked = (OffsetDateTime) values.get(3);
        if (asked.isBefore(now().minusMinutes(5))) {
            throw Refused.with("AS001", "asked at " + asked);
        }
        var table = Schema.table("idempotent_requests");
        var row =
                new Object[] {
                    values.get(0),
                    values.get(1),
                    values.get(2),
                    asked.isBefore(now()) ? asked : now(),
                    values.get(4)
                };
        var key = table.key(row);
        lock(caller, new Locks.OfRow(table.name(), key), Mode.UPDATE);
        if (caller.newest(table, key) != null) {
            throw Refused.unique("idempotent_requests_pkey");
        }
        caller.put(table, key, row);
        return "";
    }

    /** Deletes old revisions of one app, like the function of the migrations. */
    private Object forget(Transaction caller, List<Object> values)
            throws Refused, InterruptedException {
        var revisions = Schema.table("revisions");
        var apps = Schema.table("apps");
        var app = number(values.get(0));
        var next = number(values.get(1));
        var template = number(values.get(2));
        var owner = caller.newest(apps, new Key(List.of(app)));
        if (owner == null) {
            return "";
        }
        var ofApp =
                caller.scan(revisions, Long.MAX_VALUE).stream()
                        .filter(row -> number(row[0]) == app)
                        .toList();
        for (var revision : ofApp) {
            var number = number(revision[1]);
            var served = (Boolean) revision[revisions.required("served")];
            var newerServed =
                    ofApp.stream()
                            .filter(row -> number(row[1]) > number)
                            .filter(row -> (Boolean) row[revisions.required("served")])
                            .count();
            var old = number <= next - 10 && (!served || newerServed >= 10);
            var needed =
                    number == template
                            || Long.valueOf(number).equals(asLong(owner, apps, "rollout_from"))
                            || Long.valueOf(number).equals(asLong(owner, apps, "template"))
                            || runs(caller, app, number);
            if (old && !needed) {
                var key = revisions.key(revision);
                lock(caller, new Locks.OfRow("revisions", key), Mode.UPDATE);
                caller.put(revisions, key, null);
            }
        }
        return "";
    }

    private static Long asLong(Object[] row, Table table, String column) {
        var value = row[table.required(column)];
        return value == null ? null : number(value);
    }

    private static boolean runs(Transaction caller, long app, long revision) {
        var instances = Schema.table("instances");
        return caller.scan(instances, Long.MAX_VALUE).stream()
                .anyMatch(row ->
                        number(row[0]) == app
                                && number(row[instances.required("revision")]) == revision);
    }
}
