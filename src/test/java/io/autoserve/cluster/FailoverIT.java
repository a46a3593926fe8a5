package io.autoserve.cluster;

import static io.autoserve.testing.Await.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.By;
import io.autoserve.store.Database;
import io.autoserve.store.DatabaseAway;
import io.autoserve.store.DesiredState;
import io.autoserve.testing.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

class FailoverIT {
    private static final String SYNCHRONOUS =
            "select 1 from pg_stat_replication where sync_state = 'sync'";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    void whoLedBeforeARestartOfTheDatabaseLeadsAfterItUnderANewTerm() {
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
    void leadersComeAndStayWhileTheStandbyIsAway() {
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
    void whileTheSynchronousStandbyIsStoppedTheLeaderKeepsItsTermAndAppendsFailInTime()
            throws IOException {
        var vertx = Vertx.vertx();
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"))) {
            var database = primary.create();
            primary.awaitStandby("walreceiver");
            await(() -> database.answers(SYNCHRONOUS));
            var pool = at(vertx, database.name(), primary.port()).pool(4);
            var desiredState = new DesiredState(new Database(pool, Databases::server), () -> NOON);
            try (var leader = new Contender("a", database).start()) {
                var term = leader.awaitElected().term();
                desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));

                standby.stop();
                assertThatThrownBy(() -> desiredState.scale("web", 2, By.actor("ann")))
                        .isInstanceOf(DatabaseAway.class);
                assertThat(leader.election().current()).contains(term);

                try (var _ = Postgres.start(standby.port(), folder.resolve("standby"))) {
                    await(() -> database.answers(SYNCHRONOUS));
                    assertThat(desiredState.scale("web", 3, By.actor("ann")).seq()).isPositive();
                    assertThat(leader.election().current()).contains(term);
                    assertThat(leader.wasTold()).as("anything since").isFalse();
                }
                primary.awaitNoStandby(); // otherwise no commit would end from now on
            }
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void theStandbyIsAvoidedUntilItIsThePrimary() throws IOException {
        var vertx = Vertx.vertx();
        try (var primary = Postgres.start(0, folder.resolve("primary"));
                var standby = primary.standby(folder.resolve("standby"))) {
            var database = primary.create();
            var replica = standby.database(database.name());
            await(() -> replica.answers("select 1 from leader"));
            var alone = at(vertx, database.name(), standby.port());
            var both = at(vertx, database.name(), standby.port(), primary.port());
            var pool = both.pool(1);
            var misled = new Contender("a", replica).start();

            awaitRefusal(alone, "is a standby");
            assertThat(connected(both).address().port()).isEqualTo(primary.port());
            await(pool.query("insert into acts (epoch) values (0)").execute());
            await(() -> replica.answers("select 1 from acts where epoch = 0"));
            assertThat(misled.wasTold()).isFalse();

            primary.stop();
            replica.promote();
            assertThat(connected(both).address().port()).isEqualTo(standby.port());
            await(pool.query("insert into acts (epoch) values (0)").execute());
            misled.awaitElected();
            misled.close();
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void whoWaitsForAFrozenPrimaryIsHungUpOnWhenThereIsANewOne() throws Exception {
        var vertx = Vertx.vertx();
        try (var frozen = Postgres.start(0, folder.resolve("primary"));
                var promoted = frozen.standby(folder.resolve("standby"))) {
            var database = frozen.create();
            var replica = promoted.database(database.name());
            await(() -> replica.answers("select 1 from leader"));
            var databases = at(vertx, database.name(), frozen.port(), promoted.port());
            var pool = databases.pool(1);
            await(pool.query("select 1").execute());
            try (var _ = frozen.freeze()) {
                var waits = pool.query("select 1").execute();

                replica.promote();

                await(() -> connected(databases).address().port() == promoted.port());
                await(waits::failed);
                assertThat(number(pool, "select inet_server_port()")).isEqualTo(promoted.port());
            }
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void whoWaitsForAFrozenPrimaryIsHungUpOnAlsoWhereThereIsNoOther() throws Exception {
        var vertx = Vertx.vertx();
        try (var postgres = Postgres.start()) {
            var databases = at(vertx, postgres.create().name(), postgres.port());
            var pool = databases.pool(1);
            await(pool.query("select 1").execute());
            try (var _ = postgres.freeze()) {
                var waits = pool.withTransaction(it -> it.query("select 1").execute());

                await(waits::failed);
            }
            assertThat(number(pool, "select 7")).isEqualTo(7);
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void aControllerThatIsCutOffLeavesNoConnectionBehindForLong() {
        var vertx = Vertx.vertx();
        try (var postgres = Postgres.start()) {
            var databases = at(vertx, postgres.create().name(), postgres.port());
            var seconds =
                    """
                    select current_setting('tcp_keepalives_idle')::int
                        + current_setting('tcp_keepalives_interval')::int
                        * current_setting('tcp_keepalives_count')::int
                    """;

            assertThat(number(databases.pool(1), seconds)).isEqualTo(11);
            var session = connected(databases);
            assertThat(number(session.connection(), seconds)).isEqualTo(11);
        } finally {
            await(vertx.close());
        }
    }

    private static int number(SqlClient pool, String sql) {
        return await(pool.query(sql).execute()).iterator().next().getInteger(0);
    }

    @Test
    void ofTwoThatSayTheyAreThePrimaryTheOneWithTheNewerHistoryIs() throws IOException {
        var vertx = Vertx.vertx();
        try (var stale = Postgres.start(0, folder.resolve("primary"));
                var promoted = stale.standby(folder.resolve("standby"))) {
            var database = stale.create();
            var replica = promoted.database(database.name());
            await(() -> replica.answers("select 1 from leader"));
            var early = at(vertx, database.name(), stale.port(), promoted.port());
            assertThat(connected(early).address().port()).isEqualTo(stale.port());

            replica.promote(); // the other server does not learn of it

            var late = at(vertx, database.name(), stale.port(), promoted.port());
            assertThat(connected(late).address().port()).isEqualTo(promoted.port());
            await(() -> connected(early).address().port() == promoted.port());
            promoted.stop();
            for (var informed : List.of(early, late)) {
                awaitRefusal(informed, "its timeline is 1, the current one is 2");
            }
        } finally {
            await(vertx.close());
        }
    }

    /** Connects as a controller does, with retries, since a slow database may answer too late. */
    private static Session connected(Databases databases) {
        var session = new AtomicReference<Session>();
        await(() -> {
            var attempt = ended(databases.connect(Map.of()));
            session.set(attempt.result());
            return attempt.succeeded();
        });
        return session.get();
    }

    private static void awaitRefusal(Databases databases, String reason) {
        await(() -> {
            var attempt = ended(databases.connect(Map.of()));
            assertThat(attempt.failed()).isTrue();
            return String.valueOf(attempt.cause().getMessage()).contains(reason);
        });
    }

    private static <T> Future<T> ended(Future<T> attempt) {
        await(attempt.transform(_ -> Future.succeededFuture()));
        return attempt;
    }

    private static Databases at(Vertx vertx, String database, int... ports) {
        var hosts =
                Arrays.stream(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .collect(Collectors.joining(","));
        return new Databases(vertx, hosts, database, "postgres", "postgres");
    }
}
