package io.autoserve.store;

import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the synchronous standby has everything that was committed before the call. Callers
 * that arrive while a query is in flight share the next one, so any number of writers wait for one
 * round trip.
 */
final class Standby {
    /**
     * Runs as one transaction. It writes a message, because only the commit of a transaction that
     * wrote something waits for the synchronous standby.
     */
    private static final String WAIT =
            "set local synchronous_commit to on; select pg_logical_emit_message(true, 'autoserve',"
                    + " ''), current_setting('synchronous_standby_names') = '' as alone";

    /**
     * How long one query may take. A caller waits twice as long at most, because it may first have
     * to wait until the query in flight has ended.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Pool pool;
    private final Function<SqlConnection, SocketAddress> server;
    private final Time time;
    private volatile boolean absent;
    private boolean asking;
    private @Nullable Promise<SocketAddress> next;

    /**
     * @param server returns the database that a connection leads to
     */
    Standby(Pool pool, Function<SqlConnection, SocketAddress> server, Time time) {
        this.pool = pool;
        this.server = server;
        this.time = time;
    }

    /**
     * Completes when the standby has everything that {@code server} had committed before the call.
     * Fails if that is not certain, as in these cases:
     *
     * <ul>
     *   <li>An operator or a timeout ended the wait for the standby.
     *   <li>Another database has become the primary. That database cannot know what {@code server}
     *       had committed.
     * </ul>
     *
     * @param server the database that committed
     */
    Future<Void> caughtUp(SocketAddress server) {
        var answer = enlisted();
        askNext();
        return answer.compose(asked ->
                asked.equals(server)
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                "%s committed the write, but %s has become the primary since: check whether the change exists"
                                        .formatted(server, asked)));
    }

    /**
     * Returns whether the last query found no standby to wait for. Patroni then lets the primary
     * acknowledge commits alone.
     */
    boolean absent() {
        return absent;
    }

    /** Returns the database that a connection leads to. */
    SocketAddress server(SqlConnection connection) {
        return server.apply(connection);
    }

    private synchronized Future<SocketAddress> enlisted() {
        if (next == null) {
            next = Promise.promise();
        }
        return next.future();
    }

    private void askNext() {
        var waiting = taken();
        if (waiting != null) {
            time.within(PATIENCE, pool.withConnection(this::ask))
                    .onComplete(_ -> answered())
                    .onComplete(waiting)
                    .onComplete(_ -> askNext());
        }
    }

    /**
     * Returns the promise that the callers of the next query share. Returns null while a query is
     * in flight or if there are no callers.
     */
    private synchronized @Nullable Promise<SocketAddress> taken() {
        if (asking || next == null) {
            return null;
        }
        var waiting = next;
        asking = true;
        next = null;
        return waiting;
    }

    private synchronized void answered() {
        asking = false;
    }

    /**
     * Runs the query on the primary. If the wait for the standby is cancelled, PostgreSQL
     * acknowledges the commit nevertheless and adds a warning. A warning therefore counts as a
     * failure.
     */
    private Future<SocketAddress> ask(SqlConnection pooled) {
        var connection = PgConnection.cast(pooled);
        var warned = Promise.<Void>promise();
        connection.noticeHandler(warning -> warned.tryFail(warning.getMessage()));
        var committed = connection.query(WAIT).execute().onSuccess(this::look);
        time.within(PATIENCE, committed)
                .onFailure(_ -> connection.cancelRequest()); // a commit has no timeout
        return committed
                .compose(_ -> warned.tryComplete() ? Future.succeededFuture() : warned.future())
                .map(server(pooled));
    }

    private void look(RowSet<Row> ofSetting) {
        absent = ofSetting.next().iterator().next().getBoolean("alone");
    }
}
