package io.autoserve.store;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.cluster.Databases;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.store.LongReads.Seen;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checks that the history of events and load is read from the standby if the standby has all data
 * that the read needs, and otherwise from the primary.
 */
class LongReadsIT {
    private static final EventQuery ALL = EventQuery.behind(0, 100);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong nanoTime = new AtomicLong();
    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final Term term = new Term(1, UUID.randomUUID());
    private volatile Seen seen = new Seen(0, term);
    private Postgres primary;
    private Postgres standby;
    private Postgres.Database tables;
    private Postgres.Database replica;
    private DesiredState desiredState;
    private LongReads past;
    private LoadTable loads;
    private long app;

    @BeforeEach
    void replicate() throws IOException {
        primary = Postgres.start(0, folder.resolve("primary"));
        standby = primary.standby(folder.resolve("standby"));
        tables = primary.create();
        tables.execute("update leader set epoch = 1, id = '%s'".formatted(term.id()));
        replica = standby.database(tables.name());
        var hosts = "127.0.0.1:%d,127.0.0.1:%d".formatted(primary.port(), standby.port());
        var databases = new Databases(vertx, hosts, tables.name(), "postgres", "");
        var database = new Database(databases.pool(2), Databases::server);
        desiredState =
                new DesiredState(database, () -> NOON, Settings.MAX_INSTANCES, InstanceLimits.NONE);
        past =
                new LongReads(
                        database,
                        new Database(databases.replicas(2), Databases::server),
                        () -> seen,
                        now::get,
                        nanoTime::get);
        loads =
                new LoadTable(
                        database,
                        new FencedWrites(
                                database,
                                "controller",
                                () -> NOON,
                                Settings.MAX_INSTANCES,
                                InstanceLimits.NONE));
        app = desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann")).app().id();
        replica.awaitRow("select 1 from events where seq = 1");
    }

    @AfterEach
    void end() {
        await(vertx.close());
        standby.close();
        primary.close();
    }

    @Test
    void history_is_read_from_the_replica() {
        seen = new Seen(1, term);
        replica.execute("select pg_wal_replay_pause()");
        tables.execute("update events set reason = 'not there yet'");

        assertThat(past.events(ALL))
                .extracting(Event::reason)
                .containsExactly("registered with replicas set to 1");
    }

    @Test
    void who_has_seen_more_than_the_replica_is_told_by_the_primary() {
        replica.execute("select pg_wal_replay_pause()");
        var granted = desiredState.scale("web", 5, By.actor("ann"));
        assertThat(seqs()).as("from the standby, while nothing newer was seen").containsExactly(1L);

        seen = new Seen(granted.seq(), term);

        assertThat(seqs()).containsExactly(1L, granted.seq());
    }

    @Test
    void charts_are_read_from_the_replica() {
        sampledAndReplicated(NOON);
        replica.execute("select pg_wal_replay_pause()");
        tables.execute("update samples set requests = 0");

        assertThat(past.samples(app, LoadTable.FINE, Instant.EPOCH)).containsExactly(sample(NOON));
        assertThat(past.samples(Instant.EPOCH, NOON)).containsExactly(sample(NOON));
    }

    @Test
    void what_the_autoscaler_did_is_read_from_the_replica() {
        tables.execute(
                "insert into scalers (app_id, held_until) values (%d, '%s')".formatted(app, NOON));
        sampledAndReplicated(NOON);
        replica.execute("select pg_wal_replay_pause()");
        tables.execute("update scalers set held_until = null");

        assertThat(past.scaling(app, 10).heldUntil()).isEqualTo(NOON);
    }

    @Test
    void charts_are_read_from_the_primary_where_the_replica_lacks_what_should_be_there_by_now() {
        var next = aStepThatTheReplicaLacks();
        now.set(NOON.plusSeconds(20));
        assertThat(steps()).as("the standby may lack one step").containsExactly(NOON);

        now.set(NOON.plusSeconds(21));

        assertThat(steps()).containsExactly(NOON, next);
    }

    @Test
    void a_step_that_was_told_is_not_missing_the_next_time() {
        var next = aStepThatTheReplicaLacks();
        seen = new Seen(99, term);
        assertThat(steps()).as("from the primary").containsExactly(NOON, next);

        seen = new Seen(1, term);

        assertThat(steps()).containsExactly(NOON, next);
    }

    @Test
    void a_replica_of_another_history_is_not_believed() {
        replica.execute("select pg_wal_replay_pause()");
        tables.execute("update leader set epoch = 2");
        tables.execute("update events set reason = 'as it is now'");
        seen = new Seen(1, new Term(2, term.id()));

        assertThat(past.events(ALL).getFirst().reason()).isEqualTo("as it is now");
    }

    @Test
    void without_a_replica_the_primary_answers_and_the_replica_is_tried_again_later() {
        standby.stop();
        assertThat(seqs()).containsExactly(1L);

        standby = Postgres.start(standby.port(), folder.resolve("standby"));
        replica.awaitRow("select 1 from events where seq = 1");
        replica.execute("select pg_wal_replay_pause()");
        var granted = desiredState.scale("web", 5, By.actor("ann"));

        assertThat(seqs()).as("standby avoided").containsExactly(1L, granted.seq());
        nanoTime.addAndGet(31_000_000_000L);
        assertThat(seqs()).as("standby used again").containsExactly(1L);
    }

    @Test
    void who_waits_for_a_frozen_replica_is_answered_by_the_primary() throws Exception {
        replica.execute("select pg_wal_replay_pause()");
        var granted = desiredState.scale("web", 5, By.actor("ann"));
        assertThat(seqs()).as("from the standby").containsExactly(1L);

        try (var _ = standby.freeze()) {
            assertThat(seqs()).as("from the primary").containsExactly(1L, granted.seq());
        }
    }

    /**
     * Writes a load sample of noon, which reaches the standby. Then writes the next sample, which
     * does not reach the standby, and returns the time of that sample.
     */
    private Instant aStepThatTheReplicaLacks() {
        sampledAndReplicated(NOON);
        replica.execute("select pg_wal_replay_pause()");
        var next = NOON.plusSeconds(10);
        loads.write(term, List.of(sample(next)));
        return next;
    }

    private void sampledAndReplicated(Instant at) {
        loads.write(term, List.of(sample(at)));
        replica.awaitRow("select 1 from samples where at = '%s'".formatted(at));
    }

    private Sample sample(Instant at) {
        return new Sample(
                app,
                100,
                1,
                at,
                LoadTable.FINE,
                20,
                List.of(0L, 20L, 0L, 0L, 0L),
                1.5,
                List.of(40, 20),
                null,
                null,
                null);
    }

    private List<Instant> steps() {
        return past.samples(app, LoadTable.FINE, Instant.EPOCH).stream().map(Sample::at).toList();
    }

    private List<Long> seqs() {
        return past.events(ALL).stream().map(Event::seq).toList();
    }
}
