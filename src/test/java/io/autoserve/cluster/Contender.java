package io.autoserve.cluster;

import io.autoserve.model.Term;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A controller that only stands for election and remembers what it was told. */
final class Contender implements Leadership, AutoCloseable {
    sealed interface Told {
        /** By the clock of {@link System#nanoTime}. */
        long at();

        record Elected(Term term, long at) implements Told {}

        record Deposed(Term term, String reason, boolean trusted, long at) implements Told {}
    }

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final String name;
    private final Databases databases;
    private final Election election;

    Contender(String name, Postgres.Database database) {
        this(name, database, database.port());
    }

    Contender(String name, Postgres.Database database, int port) {
        this.name = name;
        this.databases = database.through(vertx, port);
        this.election =
                new Election(
                        vertx,
                        databases,
                        name,
                        "http://" + name,
                        change ->
                                "{\"change\": \"%s\"}".formatted(change.getClass().getSimpleName()),
                        System::nanoTime);
    }

    Contender start() {
        election.start(this).toCompletionStage().toCompletableFuture().join();
        return this;
    }

    String name() {
        return name;
    }

    Vertx vertx() {
        return vertx;
    }

    Databases databases() {
        return databases;
    }

    Election election() {
        return election;
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
        return (Told.Elected) await(Duration.ofSeconds(10));
    }

    Told.Deposed awaitDeposed() {
        return (Told.Deposed) await(Duration.ofSeconds(10));
    }

    boolean wasTold() {
        return !told.isEmpty();
    }

    private Told await(Duration patience) {
        try {
            var next = told.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (next == null) {
                throw new AssertionError(name + " was told nothing for " + patience);
            }
            return next;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        election.resign().toCompletionStage().toCompletableFuture().join();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
