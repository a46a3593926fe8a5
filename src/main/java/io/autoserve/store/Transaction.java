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
        var answer = connection.preparedQuery(sql).execute(Tuple.wrap(values));
        sent(answer);
        settle();
        return answer.result();
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

    /** Appends what somebody did that changes nothing in a view; it needed no leader. */
    long note(String actor, @Nullable String app, Event.Type type, String reason) {
        return append(0, actor, app, type, reason, new Change.Nothing());
    }

    /** Comes last: it holds the lock on the order of events until the commit. */
    long append(
            long epoch,
            String actor,
            @Nullable String app,
            Event.Type type,
            String reason,
            Change change) {
        var appended = appends.get();
        var row =
                run(
                                "select append_event($1, $2, $3, $4, $5, $6::text::jsonb)",
                                epoch,
                                actor,
                                app,
                                type.name(),
                                reason,
                                Json.write(change))
                        .iterator()
                        .next();
        appended.run();
        return row.getLong(0);
    }
}
