package io.autoserve.simulation.postgres;

import io.autoserve.simulation.SimulatedProcess;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** A pool of connections to the primary, with the interface and the settings of the real one. */
final class ModelPool implements Pool {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "idle_in_transaction_session_timeout", "1s",
                    "statement_timeout", "5s");

    private final ModelPostgres postgres;
    private final SimulatedProcess process;
    private final int limit;
    private final Deque<ClientConnection> idle = new ArrayDeque<>();
    private final List<ClientConnection> connections = new ArrayList<>();
    private final Queue<Promise<SqlConnection>> waiting = new ArrayDeque<>();
    private int open;

    ModelPool(ModelPostgres postgres, SimulatedProcess process, int limit) {
        this.postgres = postgres;
        this.process = process;
        this.limit = limit;
    }

    @Override
    public Future<SqlConnection> getConnection() {
        var promise = Promise.<SqlConnection>promise();
        waiting.add(promise);
        serve();
        return promise.future().isComplete()
                ? promise.future()
                : process.within(PATIENCE, promise.future()).onFailure(promise::tryFail);
    }

    private void serve() {
        while (!waiting.isEmpty() && !idle.isEmpty()) {
            hand(idle.pop());
        }
        if (!waiting.isEmpty() && open < limit) {
            open++;
            connect();
        }
    }

    private void connect() {
        var loop = process.loop();
        postgres.connect(process, loop, SETTINGS, this::closed)
                .onSuccess(this::connected)
                .onFailure(_ -> process.after(PAUSE, Runnable::run, () -> loop.run(this::closed)));
    }

    void hangUpOnOthersThan(String machine) {
        for (var connection : List.copyOf(connections)) {
            if (!connection.node().machine().equals(machine)) {
                connection.abandon();
            }
        }
    }

    private void connected(ClientConnection fresh) {
        connections.add(fresh);
        fresh.pooled(() -> released(fresh));
        hand(fresh);
        serve();
    }

    /** A connection has ended, or could not be opened. */
    private void closed() {
        open--;
        idle.removeIf(connection -> !connection.isOpen());
        connections.removeIf(connection -> !connection.isOpen());
        serve();
    }

    private void released(ClientConnection connection) {
        if (connection.isOpen()) {
            hand(connection);
        }
        serve();
    }

    /** Gives the connection to the caller who waits longest and still does, or keeps it. */
    private void hand(ClientConnection connection) {
        for (var next = waiting.poll(); next != null; next = waiting.poll()) {
            if (next.tryComplete(connection)) {
                return;
            }
        }
        idle.push(connection);
    }

    @Override
    public Query<RowSet<Row>> query(String sql) {
        throw new UnsupportedOperationException("the model runs queries only on connections");
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql) {
        throw new UnsupportedOperationException("the model runs queries only on connections");
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql, PrepareOptions options) {
        throw new UnsupportedOperationException("the model runs queries only on connections");
    }

    @Override
    public int size() {
        return open;
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
