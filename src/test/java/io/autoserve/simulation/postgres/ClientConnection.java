package io.autoserve.simulation.postgres;

import io.autoserve.simulation.Network;
import io.autoserve.simulation.SimulatedProcess;
import io.autoserve.simulation.postgres.ServerSession.Message;
import io.autoserve.store.StateReader.News;
import io.autoserve.time.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgNotice;
import io.vertx.pgclient.PgNotification;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.RowStream;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.spi.DatabaseMetadata;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Function;
import java.util.stream.Collector;

/**
 * The client's side of one session, with the interface of the real driver. A query that is not
 * answered for {@link #SILENCE} closes the connection, as in the pools of a controller.
 */
final class ClientConnection implements PgConnection {
    private static final Duration SILENCE = Duration.ofSeconds(6);
    private static final List<Object> NO_PARAMETERS = List.of();

    private final SimulatedProcess process;
    private final Node node;
    private final Network network;
    private final EventLoop loop;
    private final Runnable closed;
    private final ServerSession session;
    private final Network.Lane lane = new Network.Lane();
    private final Queue<Pending> pending = new ArrayDeque<>();
    private Handler<Void> closeHandler = _ -> {};
    private Runnable wake = () -> {};
    private Runnable noticed = () -> {};
    private Runnable released = this::abandon;
    private boolean watched;
    private boolean open = true;

    /** A query that is not answered yet. */
    private record Pending(Promise<Object> answer, long sentAt) {}

    /**
     * @param loop runs everything that the connection reports
     * @param closed runs once, when the connection is closed for whatever reason
     */
    ClientConnection(
            SimulatedProcess process,
            Node node,
            Network network,
            EventLoop loop,
            Map<String, String> settings,
            Runnable closed) {
        this.process = process;
        this.node = node;
        this.network = network;
        this.loop = loop;
        this.closed = closed;
        this.session = new ServerSession(node, network, this, settings);
    }

    SimulatedProcess process() {
        return process;
    }

    Node node() {
        return node;
    }

    boolean isOpen() {
        return open;
    }

    /** Calls this when an event may have happened, or when the connection is lost. */
    void wake(Runnable whenNotified) {
        wake = whenNotified;
    }

    Future<News> news(long seq) {
        return ask(new Message.ReadNews(seq)).map(answer -> (News) answer);
    }

    private Future<Object> ask(Message message) {
        if (!open) {
            return Future.failedFuture(away("the connection is closed"));
        }
        var answer = Promise.<Object>promise();
        pending.add(new Pending(answer, process.nanoTime()));
        network.send(process, node.process(), lane, () -> session.receive(message));
        watch();
        return answer.future();
    }

    /** Closes the connection if the oldest query is not answered in time. */
    private void watch() {
        if (!watched) {
            watched = true;
            process.after(SILENCE, Runnable::run, () -> loop.run(this::look));
        }
    }

    private void look() {
        watched = false;
        var oldest = pending.peek();
        if (oldest == null || !open) {
            return;
        }
        if (process.nanoTime() - oldest.sentAt >= SILENCE.toNanos()) {
            network.send(process, node.process(), lane, session::hangUp);
            drop("the database has not answered for " + SILENCE.toMillis() + " ms");
        } else {
            watch();
        }
    }

    void answered(Result result, boolean warned) {
        loop.run(() -> {
            if (warned) {
                noticed.run();
            }
            complete(new Answers(result));
        });
    }

    void answered(News news) {
        loop.run(() -> complete(news));
    }

    void refused(Refused refusal) {
        loop.run(() -> {
            var next = pending.poll();
            if (next != null) {
                next.answer.tryFail(refusal.asException());
            }
        });
    }

    private void complete(Object answer) {
        var next = pending.poll();
        if (next != null) {
            next.answer.tryComplete(answer);
        }
    }

    /** A notification has arrived. */
    void notified() {
        loop.run(wake);
    }

    /** The server has ended the session, or is gone. */
    void lost(String reason) {
        loop.run(() -> drop(reason));
    }

    private void drop(String reason) {
        if (open) {
            open = false;
            closed.run();
            var failure = away(reason);
            for (var next = pending.poll(); next != null; next = pending.poll()) {
                next.answer.tryFail(failure);
            }
            closeHandler.handle(null);
            wake.run();
        }
    }

    private static VertxException away(String reason) {
        return new VertxException(reason, true); // it needs no stack trace
    }

    /** Closes the connection at once, whatever the server does. */
    void abandon() {
        if (open) {
            network.send(process, node.process(), lane, session::hangUp);
            closeHandler = _ -> {};
            wake = () -> {};
            drop("the connection was closed");
        }
    }

    /** Calls this instead of closing the connection, because a pool owns it. */
    void pooled(Runnable whenReleased) {
        released = whenReleased;
    }

    @Override
    public Future<Void> close() {
        released.run();
        return Future.succeededFuture();
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql) {
        return new Prepared(sql);
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql, PrepareOptions options) {
        return new Prepared(sql);
    }

    @Override
    public Query<RowSet<Row>> query(String sql) {
        return new Prepared(sql);
    }

    @Override
    public Future<PreparedStatement> prepare(String sql) {
        return Future.succeededFuture(new Statement(new Prepared(sql)));
    }

    @Override
    public Future<PreparedStatement> prepare(String sql, PrepareOptions options) {
        return prepare(sql);
    }

    @Override
    public PgConnection notificationHandler(Handler<PgNotification> handler) {
        throw new UnsupportedOperationException("the model's feed uses wake()");
    }

    @Override
    public PgConnection noticeHandler(Handler<PgNotice> handler) {
        noticed =
                () ->
                        handler.handle(
                                new PgNotice()
                                        .setMessage("canceling wait for synchronous replication"));
        return this;
    }

    @Override
    public Future<Void> cancelRequest() {
        network.send(process, node.process(), new Network.Lane(), session::cancel);
        return Future.succeededFuture();
    }

    @Override
    public int processId() {
        throw new UnsupportedOperationException("the model's sessions have no number");
    }

    @Override
    public int secretKey() {
        throw new UnsupportedOperationException("the model's sessions have no key");
    }

    @Override
    public PgConnection exceptionHandler(Handler<Throwable> handler) {
        return this; // the model reports every failure through the close handler
    }

    @Override
    public PgConnection closeHandler(Handler<Void> handler) {
        closeHandler = handler;
        return this;
    }

    @Override
    public Future<Transaction> begin() {
        throw new UnsupportedOperationException("AutoServe begins transactions by SQL");
    }

    @Override
    public Transaction transaction() {
        throw new UnsupportedOperationException("AutoServe begins transactions by SQL");
    }

    @Override
    public boolean isSSL() {
        return false;
    }

    @Override
    public DatabaseMetadata databaseMetadata() {
        throw new UnsupportedOperationException("the model has no metadata");
    }

    private final class Prepared implements PreparedQuery<RowSet<Row>> {
        private final String sql;

        Prepared(String sql) {
            this.sql = sql;
        }

        @Override
        public Future<RowSet<Row>> execute() {
            return rows(NO_PARAMETERS);
        }

        @Override
        public Future<RowSet<Row>> execute(Tuple tuple) {
            var values = new ArrayList<Object>();
            for (var i = 0; i < tuple.size(); i++) {
                values.add(tuple.getValue(i));
            }
            return rows(values);
        }

        private Future<RowSet<Row>> rows(List<Object> values) {
            return ask(new Message.Run(sql, values)).<RowSet<Row>>map(answer -> (Answers) answer);
        }

        @Override
        public Future<RowSet<Row>> executeBatch(List<Tuple> batch) {
            throw new UnsupportedOperationException("the model runs no batches");
        }

        @Override
        public <R> PreparedQuery<SqlResult<R>> collecting(Collector<Row, ?, R> collector) {
            throw new UnsupportedOperationException("the model does not collect rows");
        }

        @Override
        public <U> PreparedQuery<RowSet<U>> mapping(Function<Row, U> mapper) {
            throw new UnsupportedOperationException("the model does not map rows");
        }
    }

    private record Statement(PreparedQuery<RowSet<Row>> prepared) implements PreparedStatement {
        @Override
        public PreparedQuery<RowSet<Row>> query() {
            return prepared;
        }

        @Override
        public Cursor cursor(Tuple arguments) {
            throw new UnsupportedOperationException("the model has no cursors");
        }

        @Override
        public RowStream<Row> createStream(int fetch, Tuple arguments) {
            throw new UnsupportedOperationException("the model has no streams");
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }
    }
}
