package io.autoserve.testing;

import static io.autoserve.testing.Eventually.await;

import io.autoserve.Settings;
import io.autoserve.cluster.Databases;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Term;
import io.autoserve.store.Database;
import io.autoserve.store.DesiredState;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.LongReads;
import io.autoserve.store.StateReader;
import io.autoserve.store.TaskTable;
import io.autoserve.time.Time;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;

/** Opens a new, empty database as a controller does. {@code close()} closes its connections. */
public final class OpenStore implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final Postgres.Database tables;
    private final InstantSource clock;
    private final Databases databases;
    private final Pool pool;
    private final Database database;

    private OpenStore(Postgres.Database tables, InstantSource clock) {
        this.tables = tables;
        this.clock = clock;
        databases = tables.connect(vertx);
        pool = databases.pool(16);
        database = new Database(pool, Databases::server);
    }

    /** Opens a database with a clock that always shows {@link Fixtures#NOON}. */
    public static OpenStore in(Postgres postgres) {
        return in(postgres, () -> Fixtures.NOON);
    }

    public static OpenStore in(Postgres postgres, InstantSource clock) {
        return new OpenStore(postgres.create(), clock);
    }

    public Vertx vertx() {
        return vertx;
    }

    /** Returns the database as an operator with a shell sees it. */
    public Postgres.Database tables() {
        return tables;
    }

    public Databases databases() {
        return databases;
    }

    public Pool pool() {
        return pool;
    }

    public Database database() {
        return database;
    }

    public DesiredState desiredState() {
        return desiredState(Settings.MAX_INSTANCES);
    }

    public DesiredState desiredState(int maxInstances) {
        return new DesiredState(database, clock, maxInstances, InstanceLimits.NONE);
    }

    public StateReader stateReader() {
        return new StateReader(database);
    }

    /** Returns writes that expect the database to have a standby. */
    public FencedWrites replicatedWrites() {
        var replicated =
                new Database(
                        pool, Databases::server, () -> "", true, () -> () -> {}, Time.system());
        return new FencedWrites(
                replicated, "controller", clock, Settings.MAX_INSTANCES, InstanceLimits.NONE);
    }

    public FencedWrites fencedWrites() {
        return fencedWrites(Settings.MAX_INSTANCES, InstanceLimits.NONE);
    }

    public TaskTable tasks() {
        return new TaskTable(database, fencedWrites(), clock, InstanceLimits.NONE, new Random());
    }

    public FencedWrites fencedWrites(int maxInstances, InstanceLimits limits) {
        return new FencedWrites(database, "controller", clock, maxInstances, limits);
    }

    /**
     * Returns the reads of history, such as events. The primary answers them, because there is no
     * standby.
     */
    public LongReads past() {
        return new LongReads(
                database,
                null,
                () -> {
                    throw new AssertionError("there is no standby");
                },
                clock,
                System::nanoTime);
    }

    /** Begins a term as an election does. */
    public Term beginTerm(long epoch) {
        var term = new Term(epoch, UUID.randomUUID());
        tables.execute("update leader set epoch = %d, id = '%s'".formatted(epoch, term.id()));
        return term;
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
