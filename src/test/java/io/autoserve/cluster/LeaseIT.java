package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cluster.Candidacy.Input;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Sends the queries of an election to real databases, one by one. */
class LeaseIT {
    private static final int BEATS = 100;
    private static final String TRY = "select pg_try_advisory_lock(%d)".formatted(Lease.LOCK);

    /**
     * Counts the advisory locks of this database. A lock that a session holds several times counts
     * once.
     */
    private static final String HELD =
            """
            select count(*) from pg_locks where locktype = 'advisory' and granted
             and database = (select oid from pg_database where datname = current_database())
            """;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void a_hundred_beats_hold_the_lock_once_and_one_unlock_frees_it() {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            var lease = lease(database);
            assertThat(await(lease.tryLock())).isEqualTo(new Input.Granted());
            var enthroned = (Input.Enthroned) await(lease.writeTerm("a", "http://a"));

            for (var beat = 0; beat < BEATS; beat++) {
                assertThat(await(lease.readTerm(enthroned.term())))
                        .isEqualTo(new Input.Confirmed());
            }
            assertThat(database.execute(HELD)).containsExactly("1");
            assertThat(database.execute(TRY)).containsExactly("f");

            await(lease.handOver(enthroned.term(), "a"));
            assertThat(database.execute(HELD)).as("the session stays open").containsExactly("0");
            assertThat(database.execute(TRY)).containsExactly("t");
        }
    }

    @Test
    void a_standby_would_grant_the_lock_and_is_not_asked_for_it() throws IOException {
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"))) {
            var replica = standby.database(primary.create().name());
            replica.awaitRow("select 1 from leader");

            assertThat(await(lease(replica).tryLock()))
                    .isEqualTo(new Input.Doubted("the database is a standby"));
            assertThat(replica.execute(HELD)).containsExactly("0");
            assertThat(replica.execute(TRY)).as("to any session that asks").containsExactly("t");
        }
    }

    /** Connects without {@link Databases}, because that class refuses standbys. */
    private Lease lease(Postgres.Database database) {
        var socket = PgDriver.INSTANCE.createConnectionFactory(vertx, new NetClientOptions());
        var options =
                new PgConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(database.port())
                        .setDatabase(database.name())
                        .setUser("postgres");
        Lease.settings("a").forEach(options::addProperty);
        var connection =
                await(socket.connect(vertx.getOrCreateContext(), options).map(PgConnection::cast));
        var address = SocketAddress.inetSocketAddress(database.port(), "127.0.0.1");
        return new Lease(new Session(socket, connection, address, 1), _ -> "{}");
    }
}
