package io.autoserve.store;

import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.PlainText;
import io.autoserve.spec.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The operations of one transaction. */
public final class Transaction {
    /** Most characters of an event's reason, so that events stay small whatever causes them. */
    static final int LONGEST_REASON = 2_000;

    private final SqlConnection connection;
    private final Supplier<Runnable> appends;
    private Future<?> sent = Future.succeededFuture();
    private long lastSeq;
    private @Nullable String address;

    private Transaction(SqlConnection connection, Supplier<Runnable> appends) {
        this.connection = connection;
        this.appends = appends;
    }

    static Transaction begin(SqlConnection connection, String sql, Supplier<Runnable> appends) {
        var transaction = new Transaction(connection, appends);
        transaction.sent(connection.query(sql).execute());
        return transaction;
    }

    RowSet<Row> run(String sql, @Nullable Object... values) {
        return ask(sql, values).get();
    }

    /**
     * Sends the query at once, without waiting. The returned supplier waits for the answer and
     * returns it.
     */
    Supplier<RowSet<Row>> ask(String sql, @Nullable Object... values) {
        var answer = connection.preparedQuery(sql).execute(Tuple.wrap(values));
        sent(answer);
        return () -> {
            settle();
            return answer.result();
        };
    }

    /**
     * Sends a statement without waiting for its answer, because the answer contains no data. If the
     * statement fails, the statement after it fails too.
     */
    void tell(String sql, @Nullable Object... values) {
        sent(connection.preparedQuery(sql).execute(Tuple.wrap(values)));
    }

    /**
     * Waits for all answers and throws the first error. Later errors only result from the first
     * one.
     */
    void settle() {
        sent.await();
    }

    /** Returns whether a statement has failed, so that the rest of the transaction fails too. */
    boolean failed() {
        return sent.failed();
    }

    private void sent(Future<?> answer) {
        var before = sent;
        sent = before.compose(_ -> answer);
    }

    /** Returns the first row, or empty if there is none. */
    Optional<Row> first(String sql, @Nullable Object... values) {
        var rows = run(sql, values).iterator();
        return rows.hasNext() ? Optional.of(rows.next()) : Optional.empty();
    }

    /**
     * Sends the commit together with the statements before it. If one of those failed, nothing is
     * committed.
     */
    Future<?> commit() {
        return connection.query("commit").execute();
    }

    /** Sets the address from which the author of this transaction's events acts, for the audit. */
    void from(By by) {
        address = by.address();
    }

    /** Returns the seq of the last event that was appended, or 0 if there is none. */
    long lastSeq() {
        return lastSeq;
    }

    /**
     * Appends an event of an action that needs no leader. The event changes nothing in the views.
     */
    void note(String actor, @Nullable String app, Event.Type type, String reason) {
        append(0, actor, app, type, reason, new Change.Nothing());
    }

    /**
     * Appends an event. This must be the last statement of the transaction, because it takes the
     * lock on the order of events, which is held until the commit. The statement is sent without
     * waiting for its answer, so that the commit follows it at once. The commit has then reached
     * the server by the time the lock is taken, and other writers do not wait for a round trip.
     */
    void append(
            long epoch,
            String actor,
            @Nullable String app,
            Event.Type type,
            String reason,
            Change change) {
        var appended = appends.get();
        sent(
                connection
                        .preparedQuery(
                                "select append_event($1, $2, $3, $4, $5, $6::text::jsonb, $7)")
                        .execute(
                                Tuple.of(
                                        epoch,
                                        actor,
                                        app,
                                        type.name(),
                                        PlainText.cut(PlainText.of(reason), LONGEST_REASON),
                                        Json.write(change),
                                        address))
                        .onSuccess(rows -> lastSeq = rows.iterator().next().getLong(0))
                        .onComplete(_ -> appended.run()));
    }
}
