package io.autoserve.store;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import org.jspecify.annotations.Nullable;

/** What may be done inside one transaction. */
public final class Transaction {
    private final SqlConnection connection;

    Transaction(SqlConnection connection) {
        this.connection = connection;
    }

    RowSet<Row> run(String sql, @Nullable Object... values) {
        return connection.preparedQuery(sql).execute(Tuple.wrap(values)).await();
    }

    /** Comes last: it holds the lock on the order of events until the commit. */
    long append(
            long epoch,
            String actor,
            @Nullable String app,
            Event.Type type,
            String reason,
            Change change) {
        return run(
                        "select append_event($1, $2, $3, $4, $5, $6::text::jsonb)",
                        epoch,
                        actor,
                        app,
                        type.name(),
                        reason,
                        Json.write(change))
                .iterator()
                .next()
                .getLong(0);
    }
}
