package io.autoserve.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the synchronous standby has all that was committed before. Who asks while a question
 * is under way shares the next one, so that any number of writers wait for one round trip, not each
 * for their own.
 */
final class Standby {
    /**
     * One transaction. Only the commit of what wrote something waits, and for a synchronous
     * standby.
     */
    private static final String WAIT =
            "set local synchronous_commit to on; select pg_logical_emit_message(true, 'autoserve',"
                    + " '')";

    /** So long may one question take; who shares the next one waits twice as long at most. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Pool pool;
    private boolean asking;
    private @Nullable Promise<SocketAddress> next;

    Standby(Pool pool) {
        this.pool = pool;
    }

    /**
     * Fails where that is not certain, also when an operator or a timeout ended the wait, or when
     * another database is the primary by now: it cannot know what this one had.
     *
     * @param server that committed
     */
    Future<Void> caughtUp(SocketAddress server) {
        var answer = enlisted();
        askNext();
        return answer.compose(asked ->
                asked.equals(server)
                        ? Future.succeededFuture()
                        : Future.failedFuture(
                                "%s committed it, but %s is the primary now"
                                        .formatted(server, asked)));
    }

    /** To which database a connection leads. */
    static SocketAddress server(SqlConnection connection) {
        return ((SqlConnectionInternal) connection).unwrap().server();
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
            pool.withConnection(Standby::ask)
                    .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .onComplete(_ -> answered())
                    .onComplete(waiting)
                    .onComplete(_ -> askNext());
        }
    }

    /** Null while a question is under way, or where nobody has one. */
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

    /** Postgres says yes to a commit whose wait was cancelled, and adds a warning. */
    private static Future<SocketAddress> ask(SqlConnection pooled) {
        var connection = PgConnection.cast(pooled);
        var warned = Promise.<Void>promise();
        connection.noticeHandler(warning -> warned.tryFail(warning.getMessage()));
        var committed = connection.query(WAIT).execute();
        committed
                .timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(_ -> connection.cancelRequest()); // no timeout of Postgres ends a commit
        return committed
                .compose(_ -> warned.tryComplete() ? Future.succeededFuture() : warned.future())
                .map(server(pooled));
    }
}
