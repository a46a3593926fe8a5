package io.autoserve.cluster;

import static io.autoserve.cluster.Connecting.awaitRefusal;
import static io.autoserve.cluster.Connecting.connected;
import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.Settings;
import io.autoserve.model.By;
import io.autoserve.model.InstanceLimits;
import io.autoserve.store.Database;
import io.autoserve.store.DatabaseAway;
import io.autoserve.store.DesiredState;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

class FailoverIT {
    private static final String SYNCHRONOUS =
            "select 1 from pg_stat_replication where sync_state = 'sync'";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void who_led_before_a_restart_of_the_database_leads_after_it_under_a_new_term() {
        var first = Postgres.start(0, folder.resolve("primary"));
        var database = first.create();
        try (var contender = new Contender("a", database).start()) {
            contender.awaitElected();
            first.stop();
            contender.awaitDeposed();
            try (var _ = Postgres.start(first.port(), folder.resolve("primary"))) {
                assertThat(contender.awaitElected().term().epoch()).isEqualTo(2);
            }
        }
    }

    @Test
    void leaders_come_and_stay_while_the_standby_is_away() {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            postgres.awaitStandby("whoever");
            try (var contender = new Contender("a", database).start()) {
                var before = contender.awaitElected().term();
                database.hangUpOn("a");
                contender.awaitDeposed();

                assertThat(contender.awaitElected().term().epoch()).isEqualTo(before.epoch() + 1);
            }
        }
    }

    @Test
    void
            while_the_synchronous_standby_is_stopped_the_leader_keeps_its_term_and_appends_fail_in_time()
                    throws IOException {
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"))) {
            var database = primary.create();
            primary.awaitStandby("walreceiver");
            database.awaitRow(SYNCHRONOUS);
            var pool = at(database.name(), primary.port()).pool(4);
            var desiredState =
                    new DesiredState(
                            new Database(pool, Databases::server),
                            () -> NOON,
                            Settings.MAX_INSTANCES,
                            InstanceLimits.NONE);
            try (var leader = new Contender("a", database).start()) {
                var term = leader.awaitElected().term();
                desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));

                standby.stop();
                assertThatThrownBy(() -> desiredState.scale("web", 2, By.actor("ann")))
                        .isInstanceOf(DatabaseAway.class);
                assertThat(leader.election().current()).contains(term);

                try (var _ = Postgres.start(standby.port(), folder.resolve("standby"))) {
                    database.awaitRow(SYNCHRONOUS);
                    assertThat(desiredState.scale("web", 3, By.actor("ann")).seq()).isPositive();
                    assertThat(leader.election().current()).contains(term);
                    assertThat(leader.wasTold()).as("elected or deposed again").isFalse();
                }
                primary.awaitNoStandby(); // otherwise later commits would wait for ever
            }
        }
    }

    @Test
    void the_standby_is_avoided_until_it_is_the_primary() throws IOException {
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"))) {
            var database = primary.create();
            var replica = standby.database(database.name());
            replica.awaitRow("select 1 from leader");
            var alone = at(database.name(), standby.port());
            var both = at(database.name(), standby.port(), primary.port());
            var pool = both.pool(1);
            var misled = new Contender("a", replica).start();

            awaitRefusal(alone, "is a standby");
            assertThat(connected(both).address().port()).isEqualTo(primary.port());
            await(pool.query("insert into acts (epoch) values (0)").execute());
            replica.awaitRow("select 1 from acts where epoch = 0");
            assertThat(misled.wasTold()).isFalse();

            primary.stop();
            replica.promote();
            assertThat(connected(both).address().port()).isEqualTo(standby.port());
            await(pool.query("insert into acts (epoch) values (0)").execute());
            misled.awaitElected();
            misled.close();
        }
    }

    @Test
    void pools_use_the_primary_that_the_election_has_found() throws IOException {
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"))) {
            var database = primary.create();
            var replica = standby.database(database.name());
            replica.awaitRow("select 1 from leader");
            var databases = at(database.name(), primary.port(), standby.port());
            var election = databases.on(vertx);
            awaitElectionConnected(election, primary);
            primary.stop();
            replica.promote();

            awaitElectionConnected(election, standby);

            assertThat(databases.primary()).isEqualTo("127.0.0.1:" + standby.port());
            await(databases.pool(1).query("insert into acts (epoch) values (0)").execute());
        }
    }

    @Test
    void who_waits_for_a_frozen_primary_is_hung_up_on_when_there_is_a_new_one() throws Exception {
        try (var frozen = Postgres.start(0, folder.resolve("primary"));
                var promoted = frozen.standby(folder.resolve("standby"))) {
            var database = frozen.create();
            var replica = promoted.database(database.name());
            replica.awaitRow("select 1 from leader");
            var databases = at(database.name(), frozen.port(), promoted.port());
            var pool = databases.pool(1);
            await(pool.query("select 1").execute());
            try (var _ = frozen.freeze()) {
                var waits = pool.query("select 1").execute();

                replica.promote();

                awaitConnected(databases, promoted);
                await("the connection of the query is closed", () -> waits, Future::failed);
                assertThat(number(pool, "select inet_server_port()")).isEqualTo(promoted.port());
            }
        }
    }

    @Test
    void who_waits_for_a_frozen_primary_is_hung_up_on_also_where_there_is_no_other()
            throws Exception {
        try (var postgres = Postgres.start()) {
            var databases = at(postgres.create().name(), postgres.port());
            var pool = databases.pool(1);
            await(pool.query("select 1").execute());
            try (var _ = postgres.freeze()) {
                var waits = pool.withTransaction(it -> it.query("select 1").execute());

                await("the connection of the query is closed", () -> waits, Future::failed);
            }
            assertThat(number(pool, "select 7")).isEqualTo(7);
        }
    }

    @Test
    void a_controller_that_is_cut_off_leaves_no_connection_behind_for_long() {
        try (var postgres = Postgres.start()) {
            var databases = at(postgres.create().name(), postgres.port());
            var seconds =
                    """
                    select current_setting('tcp_keepalives_idle')::int
                        + current_setting('tcp_keepalives_interval')::int
                        * current_setting('tcp_keepalives_count')::int
                    """;

            assertThat(number(databases.pool(1), seconds)).isEqualTo(11);
            var session = connected(databases);
            assertThat(number(session.connection(), seconds)).isEqualTo(11);
        }
    }

    /** A statement holds the fence for as long as it runs, even if nobody waits for its result. */
    @Test
    void a_statement_of_a_controller_that_died_does_not_hold_up_the_next_term() throws IOException {
        try (var postgres = Postgres.start()) {
            var database = postgres.create();
            try (var wire = Wire.to(postgres.port())) {
                var dying = await(at(database.name(), wire.port()).pool(1).getConnection());
                await(dying.query("set statement_timeout = '10min'").execute());
                await(dying.begin());
                await(dying.query("select from leader for share").execute());
                dying.query("select pg_sleep(600)").execute();
                database.awaitRow(
                        "select 1 from pg_stat_activity where state = 'active' and query like '%sleep(600)'");
            }

            database.execute("set lock_timeout = '3min'; update leader set epoch = epoch + 1");
        }
    }

    private static int number(SqlClient pool, String sql) {
        return await(pool.query(sql).execute()).iterator().next().getInteger(0);
    }

    @Test
    void of_two_that_say_they_are_the_primary_the_one_with_the_newer_history_is()
            throws IOException {
        try (var stale = Postgres.start(0, folder.resolve("primary"));
                var promoted = stale.standby(folder.resolve("standby"))) {
            var database = stale.create();
            var replica = promoted.database(database.name());
            replica.awaitRow("select 1 from leader");
            var early = at(database.name(), stale.port(), promoted.port());
            assertThat(connected(early).address().port()).isEqualTo(stale.port());

            replica.promote(); // the old primary does not notice

            var late = at(database.name(), stale.port(), promoted.port());
            assertThat(connected(late).address().port()).isEqualTo(promoted.port());
            awaitElectionConnected(early, promoted);
            awaitConnected(early, promoted);
            promoted.stop();
            for (var informed : List.of(early, late)) {
                awaitRefusal(informed, "its timeline is 1, the current one is 2");
            }
        }
    }

    /** The election asks all databases, so it notices a primary with a newer timeline. */
    private static void awaitElectionConnected(Databases databases, Postgres server) {
        await(
                "an election's session with the server at port " + server.port(),
                () ->
                        await(
                                databases
                                        .connectForLease(Map.of())
                                        .map(session -> session.address().port())
                                        .otherwise(-1)),
                port -> port == server.port());
    }

    private static void awaitConnected(Databases databases, Postgres server) {
        await(
                "a session with the server at port " + server.port(),
                () -> connected(databases).address().port(),
                port -> port == server.port());
    }

    private Databases at(String database, int... ports) {
        var hosts =
                Arrays.stream(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .collect(Collectors.joining(","));
        return new Databases(vertx, hosts, database, "postgres", "postgres");
    }
}
