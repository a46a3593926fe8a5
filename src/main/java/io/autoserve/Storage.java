package io.autoserve;

import io.autoserve.cluster.AttemptObserver;
import io.autoserve.cluster.DatabaseTls;
import io.autoserve.cluster.Databases;
import io.autoserve.cluster.ExponentialBackoff;
import io.autoserve.identity.IdentityFolder;
import io.autoserve.model.SteadyClock;
import io.autoserve.secrets.KeyFile;
import io.autoserve.store.AuditLog;
import io.autoserve.store.CertificateTable;
import io.autoserve.store.Database;
import io.autoserve.store.DatabaseAway;
import io.autoserve.store.DesiredState;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.ImageTable;
import io.autoserve.store.InstanceLogTable;
import io.autoserve.store.JdbcUrl;
import io.autoserve.store.LoadTable;
import io.autoserve.store.LongReads;
import io.autoserve.store.Migrations;
import io.autoserve.store.NodeTable;
import io.autoserve.store.ReceiverTable;
import io.autoserve.store.Replication;
import io.autoserve.store.ScalingTable;
import io.autoserve.store.SecretTable;
import io.autoserve.store.StateReader;
import io.autoserve.store.TaskTable;
import io.autoserve.store.TokenTable;
import io.autoserve.time.Time;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates everything that reads and writes the databases. It uses a pool of connections to the
 * primary and, if there is a standby, a smaller pool of connections to the standby.
 */
final class Storage {
    private static final Logger LOG = LoggerFactory.getLogger(Storage.class);
    private static final int CONNECTIONS = 16;
    private static final int REPLICA_CONNECTIONS = 4;

    /** Short, because the gate of each database limits how often the database is asked. */
    private static final ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofMillis(500));

    private final Settings.Postgres postgres;
    private final RandomGenerator random;
    private final Database database;

    final Databases databases;
    final Pool pool;
    final StateReader stateReader;
    final DesiredState desiredState;
    final TokenTable tokens;
    final FencedWrites fencedWrites;
    final LongReads past;
    final LoadTable loads;
    final ScalingTable scalings;
    final SecretTable secrets;
    final CertificateTable certificates;
    final ReceiverTable receivers;
    final NodeTable nodes;
    final TaskTable tasks;
    final ImageTable images;
    final Replication replication;
    final AuditLog auditLog;
    final InstanceLogTable instanceLogs;

    /**
     * @param seen returns the newest state that this controller has shown
     * @param clock the machine's clock, for times that users or other machines see
     * @param steady clock for times that the leader compares
     * @param attempts watches the attempts to connect to the databases
     * @param identity the folder with this controller's certificate; null if it has none
     * @param appends measures how long appending events takes, see {@link Database}
     */
    Storage(
            Vertx vertx,
            Settings settings,
            Supplier<LongReads.Seen> seen,
            Supplier<Runnable> appends,
            InstantSource clock,
            SteadyClock steady,
            SecureRandom random,
            AttemptObserver attempts,
            @Nullable IdentityFolder identity) {
        postgres = settings.postgres();
        this.random = random;
        databases =
                new Databases(
                        vertx,
                        postgres.hosts(),
                        postgres.database(),
                        postgres.user(),
                        postgres.password(),
                        tls(vertx, postgres, identity),
                        attempts,
                        System::nanoTime,
                        random);
        pool = databases.pool(CONNECTIONS);
        database =
                new Database(
                        pool,
                        Databases::server,
                        databases::problem,
                        databases.replicated(),
                        appends,
                        Time.system());
        var replicas =
                databases.replicated()
                        ? new Database(databases.replicas(REPLICA_CONNECTIONS), Databases::server)
                        : null;
        stateReader = new StateReader(database);
        desiredState =
                new DesiredState(
                        database, steady, settings.maxInstances(), settings.instanceLimits());
        tokens = new TokenTable(database, clock);
        fencedWrites =
                new FencedWrites(
                        database,
                        settings.name(),
                        steady,
                        settings.maxInstances(),
                        settings.instanceLimits());
        past = new LongReads(database, replicas, seen, clock, System::nanoTime);
        loads = new LoadTable(database, fencedWrites);
        scalings = new ScalingTable(database, fencedWrites);
        var keys = new KeyFile(settings.secretKeyFile(), random);
        secrets = new SecretTable(database, keys, clock);
        certificates = new CertificateTable(database, fencedWrites, keys, clock);
        receivers = new ReceiverTable(database, fencedWrites, keys, clock);
        nodes = new NodeTable(database, steady);
        tasks = new TaskTable(database, fencedWrites, steady, settings.instanceLimits(), random);
        images = new ImageTable(database, clock);
        replication = new Replication(pool);
        auditLog = new AuditLog(database);
        instanceLogs = new InstanceLogTable(database);
    }

    /**
     * Returns the options for TLS with the databases. They follow the files as they are renewed,
     * without a read on an event loop.
     */
    private static @Nullable Supplier<ClientSSLOptions> tls(
            Vertx vertx, Settings.Postgres postgres, @Nullable IdentityFolder identity) {
        var authority = postgres.authority();
        if (authority == null) {
            return null;
        }
        var folder = postgres.identity();
        if (identity != null && folder != null && authority.equals(folder.resolve("ca.crt"))) {
            return () -> identity.identity().client();
        }
        var tls = new DatabaseTls(authority, identity == null ? null : identity::identity);
        tls.watch(vertx);
        return tls;
    }

    /** Migrates the database to the newest schema. Waits for the database without a time limit. */
    void migrate() {
        if (!migrated()) {
            var url =
                    JdbcUrl.of(
                                    postgres.hosts(),
                                    postgres.database(),
                                    postgres.authority(),
                                    postgres.identity())
                            + "&targetServerType=primary";
            Migrations.run(url, postgres.user(), postgres.password());
        }
    }

    private boolean migrated() {
        for (var failures = 1; ; failures++) {
            try {
                return Migrations.done(database);
            } catch (DatabaseAway notYet) {
                LOG.warn("waiting for the database: {}", notYet.getMessage());
                rest(BACKOFF.pause(failures, random));
            }
        }
    }

    private static void rest(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the database", ended);
        }
    }
}
