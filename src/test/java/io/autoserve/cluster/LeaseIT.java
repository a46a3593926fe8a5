package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cluster.Candidacy.Input;
import io.autoserve.model.Term;
import io.autoserve.testing.Postgres;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.spi.PgDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Sends the queries of an election to real databases, one by one. */
class LeaseIT {
    private static final int BEATS = 100;
    private static final Term ANY = new Term(0, new UUID(0, 0));
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

    private static final String WAITING =
            """
            select count(*) from pg_locks where locktype = 'advisory' and not granted
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
            assertThat(await(lease.awaitLock())).isEqualTo(new Input.Granted());
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
            replica.awaitRow("select 1 from pg_proc where proname = 'autoserve_await_lock'");

            assertThat(await(lease(replica).awaitLock()))
                    .isEqualTo(new Input.Doubted("the database is a standby"));
            assertThat(replica.execute(HELD)).containsExactly("0");
            assertThat(replica.execute(TRY)).as("to any session that asks").containsExactly("t");
        }
    }

    @Test
    void a_wait_ends_without_the_lock_when_the_patience_ends_and_leaves_no_lock() {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            var leader = lease(database);
            assertThat(await(leader.awaitLock())).isEqualTo(new Input.Granted());
            vertx.setPeriodic(200, _ -> leader.readTerm(ANY)); // keeps its session
            var second = lease(database);

            assertThat(await(second.awaitLock())).isEqualTo(new Input.Refused());
            assertThat(await(second.awaitLock())).isEqualTo(new Input.Refused());
            assertThat(database.execute(HELD)).containsExactly("1");
            assertThat(database.execute(WAITING)).containsExactly("0");
        }
    }

    @Test
    void the_next_in_the_queue_has_the_lock_when_the_session_of_the_leader_ends() {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            var leader = lease(database);
            assertThat(await(leader.awaitLock())).isEqualTo(new Input.Granted());
            var second = lease(database);

            var waits = second.awaitLock();
            leader.close();

            assertThat(granted(second, waits)).isTrue();
            assertThat(database.execute(HELD)).containsExactly("1");
        }
    }

    @Test
    void a_candidate_that_died_in_the_queue_passes_its_turn_on() {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            var leader = lease(database);
            assertThat(await(leader.awaitLock())).isEqualTo(new Input.Granted());
            var dead = lease(database);
            var next = lease(database);
            var _ = dead.awaitLock();
            dead.close();
            var waits = next.awaitLock();
            leader.close();

            assertThat(granted(next, waits)).isTrue();
        }
    }

    /** A candidate whose process is frozen or cut off gets the lock and says nothing any more. */
    @Test
    void a_silent_candidate_that_gets_the_lock_loses_it_to_the_next() {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            assertThat(await(lease(database).awaitLock())).isEqualTo(new Input.Granted());
            var next = lease(database);

            assertThat(granted(next, next.awaitLock())).isTrue();
            assertThat(database.execute(HELD)).containsExactly("1");
        }
    }

    /** Asks again as a candidate does, because a slow machine may outlast the patience. */
    private static boolean granted(Lease lease, Future<Input> first) {
        var answer = await(first);
        while (answer.equals(new Input.Refused())) {
            answer = await(lease.awaitLock());
        }
        return answer.equals(new Input.Granted());
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
        return new Lease(new Session(socket, connection, address, 1), _ -> "{}", Time.system());
    }
}
