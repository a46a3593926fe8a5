package io.autoserve.store;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.Settings;
import io.autoserve.cluster.Databases;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.InstanceLimits;
import io.autoserve.store.DesiredState.Granted;
import io.autoserve.testing.Postgres;
import io.autoserve.time.Time;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests a primary whose synchronous standby no longer answers. */
class StandbyIT {
    private static final String WAITING =
            "select pid from pg_stat_activity where wait_event = 'SyncRep'";

    private final Vertx vertx = Vertx.vertx();
    private Postgres postgres;
    private Postgres.Database tables;
    private Database database;
    private DesiredState desiredState;

    @BeforeEach
    void loseTheStandby() {
        postgres = Postgres.start();
        tables = postgres.create();
        var databases = tables.connect(vertx);
        database =
                new Database(
                        databases.pool(8),
                        Databases::server,
                        () -> "",
                        true,
                        () -> () -> {},
                        Time.system());
        desiredState =
                new DesiredState(database, () -> NOON, Settings.MAX_INSTANCES, InstanceLimits.NONE);
        postgres.awaitStandby("whoever");
    }

    @AfterEach
    void end() {
        // PostgreSQL closes first, because a connection does not close while a commit on it waits
        // for the standby.
        postgres.close();
        await(vertx.close());
    }

    @Test
    void a_cancelled_wait_is_not_taken_for_success() {
        var write = apply("web");
        awaitOneWaiting();
        assertThat(write).isNotDone();

        tables.execute("select pg_cancel_backend(%s)".formatted(waiting().getFirst()));

        assertUncertain(write, "canceling wait for synchronous replication");
    }

    @Test
    void what_was_found_done_already_waits_as_well() {
        var first = apply("web");
        tables.awaitRow("select 1 from events");
        var again = apply("web");
        awaitOneWaiting();
        assertThat(again).isNotDone();

        postgres.awaitNoStandby();

        assertThat(first.join().outcome()).isEqualTo(ApplyOutcome.CREATED);
        assertThat(again.join().outcome()).isEqualTo(ApplyOutcome.UNCHANGED);
    }

    @Test
    void events_are_read_without_waiting_or_once_the_standby_has_them() {
        var reader = new StateReader(database);
        var write = apply("web");
        tables.awaitRow("select 1 from events");
        assertThat(reader.eventsBehind(0, 10).events()).hasSize(1);

        var replicated =
                CompletableFuture.supplyAsync(
                        () -> reader.replicatedEventsBehind(0, 10), Thread::startVirtualThread);
        awaitOneWaiting();
        assertThat(replicated).isNotDone();
        postgres.awaitNoStandby();

        assertThat(replicated.join().events()).hasSize(1);
        assertThat(replicated.join().timeline()).isPositive();
        assertThat(write.join().outcome()).isEqualTo(ApplyOutcome.CREATED);
    }

    @Test
    void writers_hold_up_nobody_and_wait_together_until_it_returns() {
        var writes = IntStream.range(0, 20).mapToObj(i -> apply("web-" + i)).toList();
        tables.awaitRow("select 1 from events having count(*) = 20");
        assertThat(waiting()).hasSize(1);
        assertThat(writes).noneMatch(CompletableFuture::isDone);

        postgres.awaitNoStandby();

        assertThat(writes).allSatisfy(write -> assertThat(write.join().seq()).isPositive());
    }

    @Test
    void a_commit_that_no_standby_has_is_known() {
        postgres.awaitNoStandby();
        assertThat(apply("web").join().outcome()).isEqualTo(ApplyOutcome.CREATED);
        assertThat(database.lacksStandby()).isTrue();

        postgres.awaitStandby("whoever");
        var waits = apply("blog");
        awaitOneWaiting();
        tables.execute("select pg_cancel_backend(%s)".formatted(waiting().getFirst()));

        assertUncertain(waits, "canceling wait for synchronous replication");
        assertThat(database.lacksStandby()).isFalse();
    }

    @Test
    void whoever_waits_in_vain_is_told_so_in_time() {
        assertUncertain(apply("web"), "");
    }

    @Test
    void a_new_primary_cannot_tell_what_the_standby_has_of_the_one_before() {
        postgres.awaitNoStandby();
        try (var other = Postgres.start()) {
            var before = pool(tables);
            var database =
                    new Database(failedOver(before, pool(other.create())), Databases::server);

            assertThatThrownBy(() ->
                            database.transaction(transaction ->
                                    transaction.run("insert into acts (epoch) values (0)")))
                    .isInstanceOf(DatabaseAway.class)
                    .hasMessageContaining("has become the primary since");
            await(before.close());
        }
    }

    private Pool pool(Postgres.Database database) {
        var host = "127.0.0.1:" + database.port();
        return new Databases(vertx, host, database.name(), "postgres", "").pool(1);
    }

    /**
     * Returns a pool that uses {@code before} to run a transaction, and {@code after} to wait for
     * the standby once the transaction is committed.
     */
    private static Pool failedOver(Pool before, Pool after) {
        return (Pool)
                Proxy.newProxyInstance(
                        Pool.class.getClassLoader(),
                        new Class<?>[] {Pool.class},
                        (_, method, arguments) ->
                                method.invoke(
                                        method.getName().equals("withConnection") ? after : before,
                                        arguments));
    }

    private void assertUncertain(CompletableFuture<Granted> write, String reason) {
        assertThatThrownBy(write::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(DatabaseAway.class)
                .hasMessageContaining(reason);
    }

    private CompletableFuture<Granted> apply(String name) {
        return CompletableFuture.supplyAsync(
                () -> desiredState.apply(spec(name, rollout(1, 0)), "raw", By.actor("ann")),
                Thread::startVirtualThread);
    }

    private void awaitOneWaiting() {
        await("a commit waits for the standby", this::waiting, them -> them.size() == 1);
    }

    private List<String> waiting() {
        return tables.execute(WAITING);
    }
}
