package io.autoserve.cluster;

import io.autoserve.model.Term;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.Postgres;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Takes part in elections without the rest of a controller, and records when it is elected and when
 * it is deposed.
 */
final class Contender implements Leadership, AutoCloseable {
    sealed interface Told {
        /** Returns the time of the call, as {@link System#nanoTime} counts. */
        long at();

        record Elected(Term term, long at) implements Told {}

        record Deposed(Term term, String reason, boolean trusted, long at) implements Told {}
    }

    private static final String ACT = "insert into acts (epoch) values ($1)";

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final String name;
    private final Databases databases;
    private final Pool pool;
    private final Election election;

    Contender(String name, Postgres.Database database) {
        this(name, database.name(), database.port(), null);
    }

    /**
     * @param authority see {@link DatabaseTls}; null for no TLS
     */
    Contender(String name, String database, int port, @Nullable Path authority) {
        this.name = name;
        this.databases =
                new Databases(
                        vertx,
                        "127.0.0.1:" + port,
                        database,
                        "postgres",
                        "postgres",
                        authority == null ? null : new DatabaseTls(authority, null));
        this.pool = databases.pool(2);
        this.election =
                new Election(
                        databases::connectForLease,
                        name,
                        "http://" + name,
                        change ->
                                "{\"change\": \"%s\"}".formatted(change.getClass().getSimpleName()),
                        Time.system(),
                        new SecureRandom());
    }

    Contender start() {
        Eventually.await(vertx.deployVerticle(new Clustering(election, this)));
        return this;
    }

    String name() {
        return name;
    }

    Pool pool() {
        return pool;
    }

    Databases databases() {
        return databases;
    }

    Election election() {
        return election;
    }

    /** Writes as a leader does, in a transaction that also checks the fence. */
    Future<?> act(Term term) {
        return pool.withTransaction(connection ->
                Fence.hold(connection, term)
                        .compose(_ ->
                                connection.preparedQuery(ACT).execute(Tuple.of(term.epoch()))));
    }

    @Override
    public void elected(Term term) {
        told.add(new Told.Elected(term, System.nanoTime()));
    }

    @Override
    public void deposed(Term term, String reason) {
        told.add(new Told.Deposed(term, reason, election.trusted(), System.nanoTime()));
    }

    Told.Elected awaitElected() {
        return (Told.Elected) await();
    }

    Told.Deposed awaitDeposed() {
        return (Told.Deposed) await();
    }

    boolean wasTold() {
        return !told.isEmpty();
    }

    private Told await() {
        try {
            var next = told.poll(Eventually.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new AssertionError(name + " was told nothing for " + Eventually.PATIENCE);
            }
            return next;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        Eventually.await(election.resign());
        Eventually.await(vertx.close());
    }
}
