package io.autoserve.store;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.spec.Json;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What may be done inside one transaction. */
public final class Transaction {
    private final SqlConnection connection;
    private final Supplier<Runnable> appends;
    private Future<?> sent = Future.succeededFuture();
    private long lastSeq;

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

    /** Goes on its way at once; who takes the answer waits for it. */
    Supplier<RowSet<Row>> ask(String sql, @Nullable Object... values) {
        var answer = connection.preparedQuery(sql).execute(Tuple.wrap(values));
        sent(answer);
        return () -> {
            settle();
            return answer.result();
        };
    }

    /**
     * Its answer tells nothing, so it goes on its way together with what comes next, which fails if
     * this does.
     */
    void tell(String sql, @Nullable Object... values) {
        sent(connection.preparedQuery(sql).execute(Tuple.wrap(values)));
    }

    /** Fails with the first failure: those behind it only say that there was one. */
    void settle() {
        sent.await();
    }

    private void sent(Future<?> answer) {
        var before = sent;
        sent = before.compose(_ -> answer);
    }

    /** Empty where there is no row. */
    Optional<Row> first(String sql, @Nullable Object... values) {
        var rows = run(sql, values).iterator();
        return rows.hasNext() ? Optional.of(rows.next()) : Optional.empty();
    }

    /** On its way together with what was told before, and nothing where that failed. */
    Future<?> commit() {
        return connection.query("commit").execute();
    }

    /** Of the last event that was appended; 0 where none was. */
    long lastSeq() {
        return lastSeq;
    }

    /** Appends what somebody did that changes nothing in a view; it needed no leader. */
    void note(String actor, @Nullable String app, Event.Type type, String reason) {
        append(0, actor, app, type, reason, new Change.Nothing());
    }

    /**
     * Comes last. It holds the lock on the order of events until the commit, so it is only told:
     * then the commit is with the server when it gets the lock, and nobody waits there for us.
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
                        .preparedQuery("select append_event($1, $2, $3, $4, $5, $6::text::jsonb)")
                        .execute(
                                Tuple.of(
                                        epoch, actor, app, type.name(), reason, Json.write(change)))
                        .onSuccess(rows -> lastSeq = rows.iterator().next().getLong(0))
                        .onComplete(_ -> appended.run()));
    }
}
