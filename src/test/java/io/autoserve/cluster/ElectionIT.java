package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static java.time.temporal.ChronoUnit.DAYS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.Term;
import io.autoserve.testing.Authority;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.Wire;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

@ParameterizedClass(name = "TLS: {0}")
@ValueSource(booleans = {false, true})
class ElectionIT {
    private static final Logger LOG = LoggerFactory.getLogger(ElectionIT.class);

    private static final String ENCRYPTED =
            """
            select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)
             where application_name like 'autoserve election %' and datname = current_database()
            """;

    private static final String CANDIDATES =
            " application_name like 'autoserve election %' and datname = current_database()";

    private static final String QUEUE =
            "select pid from pg_stat_activity where wait_event_type = 'Lock'"
                    + " and wait_event = 'advisory' and"
                    + CANDIDATES;

    @TempDir private static Path folder;
    private static Path authority;
    @AutoClose private static Postgres postgres;

    @Parameter private boolean encrypted;
    private final List<Contender> contenders = new ArrayList<>();
    private Postgres.Database database;

    @BeforeAll
    static void startPostgres() {
        var issuer = new Authority();
        authority = issuer.write(folder.resolve("ca.crt"));
        var now = Instant.now();
        postgres = Postgres.start(issuer.issue(now, now.plus(1, DAYS), "127.0.0.1"), folder);
    }

    @BeforeEach
    void createDatabase() {
        database = postgres.create();
    }

    @AfterEach
    void closeContenders() {
        contenders.forEach(Contender::close);
    }

    @Test
    void one_of_three_leads() {
        var all = List.of(start("a"), start("b"), start("c"));
        await(
                "one of the contenders is elected",
                () -> all,
                them -> them.stream().anyMatch(Contender::wasTold));
        var leader = all.stream().filter(Contender::wasTold).findFirst().orElseThrow();
        var term = leader.awaitElected().term();
        awaitQueue(2);

        assertThat(all).noneMatch(Contender::wasTold);
        assertThat(leader.election().current()).contains(term);
        assertThat(all.stream().filter(each -> each.election().trusted())).hasSize(1);
        assertThat(database.execute("select name || ' ' || epoch || ' ' || id from leader"))
                .containsExactly(leader.name() + " " + term.epoch() + " " + term.id());
        assertThat(database.execute("select type || ' ' || epoch || ' ' || actor from events"))
                .containsExactly("LeaderElected 1 " + leader.name());
        assertThat(database.execute(ENCRYPTED)).containsExactly(encrypted ? "t" : "f");
    }

    @Test
    void who_loses_its_connection_stops_and_another_takes_over() {
        var first = start("a");
        var before = first.awaitElected().term();
        var second = start("b");
        awaitQueue(1);

        var killed = System.nanoTime();
        database.hangUpOn("a");
        var after = second.awaitElected();
        var deposed = first.awaitDeposed();

        LOG.info("connection ended to new leader: {} ms", millis(after.at() - killed));
        assertThat(deposed.term()).isEqualTo(before);
        assertThat(deposed.trusted()).isFalse();
        assertThat(after.term().epoch()).isEqualTo(before.epoch() + 1);
        assertThat(after.term().id()).isNotEqualTo(before.id());
    }

    @Test
    void a_resigning_leader_hands_over_at_once() {
        var first = start("a");
        first.awaitElected();
        var second = start("b");
        awaitQueue(1);

        var asked = System.nanoTime();
        var gone = first.election().resign();
        var elected = second.awaitElected();
        var deposed = first.awaitDeposed();
        await(gone);

        LOG.info("resigned to new leader: {} ms", millis(elected.at() - asked));
        assertThat(deposed.reason()).isEqualTo("resigned");
        assertThat(deposed.at()).isLessThan(elected.at());
        assertThat(since(asked, elected.at())).isLessThan(EnginePace.scaled(Duration.ofSeconds(1)));
        assertThat(database.execute("select type || ' ' || epoch from events order by seq"))
                .containsExactly("LeaderElected 1", "LeaderResigned 1", "LeaderElected 2");
    }

    @Test
    void a_deposed_leader_may_lead_again_under_a_new_term() {
        var only = start("a");
        var before = only.awaitElected().term();
        database.hangUpOn("a");
        only.awaitDeposed();

        assertThat(only.awaitElected().term().epoch()).isEqualTo(before.epoch() + 1);
    }

    @Test
    void a_leader_whose_row_is_anothers_stops() {
        var only = start("a");
        only.awaitElected();
        database.execute("update leader set id = gen_random_uuid()");

        assertThat(only.awaitDeposed().reason()).isEqualTo("another term has begun");
    }

    @Test
    void on_a_silent_network_the_leader_stops_before_the_next_begins() throws IOException {
        try (var wire = Wire.to(database.port())) {
            var first = keep(contender("a", wire.port())).start();
            first.awaitElected();
            var second = start("b");
            awaitQueue(1);

            var cut = System.nanoTime();
            wire.cut();
            var deposed = first.awaitDeposed();
            var elected = second.awaitElected();

            LOG.info(
                    "network cut to deposed: {} ms, to new leader: {} ms",
                    millis(deposed.at() - cut),
                    millis(elected.at() - cut));
            assertThat(since(cut, deposed.at())).isLessThan(afterTrust(Duration.ofMillis(300)));
            assertThat(deposed.at()).isLessThan(elected.at());
            assertThat(since(cut, elected.at())).isLessThan(afterTrust(Duration.ofSeconds(1)));
            assertThat(deposed.reason()).contains("no answer");

            wire.mend();
            awaitQueue(1);
            assertThat(first.wasTold()).isFalse();
        }
    }

    @Test
    void a_killed_leader_is_followed_at_once() throws Exception {
        try (var first = new ContenderProcess("a", database, believed())) {
            assertThat(first.awaitLine()).isEqualTo("> elected 1");
            var second = start("b");
            awaitQueue(1);

            var killed = System.nanoTime();
            first.kill();
            var elected = second.awaitElected();

            LOG.info("kill -9 to new leader: {} ms", millis(elected.at() - killed));
            assertThat(since(killed, elected.at()))
                    .isLessThan(EnginePace.scaled(Duration.ofSeconds(1)));
        }
    }

    @Test
    void a_frozen_leader_is_followed_and_refused_when_it_thaws() throws Exception {
        try (var first = new ContenderProcess("a", database, believed())) {
            assertThat(first.awaitLine()).isEqualTo("> elected 1");
            var second = start("b");
            database.awaitRow("select 1 from acts limit 1");

            var frozen = System.nanoTime();
            first.freeze();
            var elected = second.awaitElected();
            LOG.info("SIGSTOP to new leader: {} ms", millis(elected.at() - frozen));
            await(second.act(elected.term()));
            first.thaw();

            assertThat(List.of(first.awaitLine(), first.awaitLine()))
                    .containsExactlyInAnyOrder("> deposed, trusted false", "> refused");
            assertThat(since(frozen, elected.at())).isLessThan(afterTrust(Duration.ofSeconds(1)));
            assertThat(database.execute("select epoch from acts order by seq desc limit 1"))
                    .as("the last act, although the thawed leader tried to write")
                    .containsExactly("2");
        }
    }

    /**
     * A candidate that waits for the lock holds a snapshot. If it held one for long, vacuum could
     * not remove dead rows.
     */
    @Test
    void candidates_wait_in_a_queue_but_keep_no_snapshot_for_long() {
        start("a").awaitElected();
        start("b");
        start("c");
        awaitQueue(2);

        var now = database.execute("select now()").getFirst();
        await(
                "both candidates have begun another transaction",
                () -> database.execute(QUEUE + " and xact_start > '" + now + "'"),
                pids -> pids.size() == 2);
    }

    /**
     * The database gives the lock to the frozen candidate, and ends its session after as long as it
     * would end that of a frozen leader.
     */
    @Test
    void a_frozen_candidate_delays_the_next_term_no_longer_than_a_frozen_leader() throws Exception {
        try (var leader = new ContenderProcess("a", database, believed())) {
            assertThat(leader.awaitLine()).isEqualTo("> elected 1");
            try (var frozen = new ContenderProcess("b", database, believed())) {
                awaitQueue(1);
                var next = start("c");
                awaitQueue(2);

                frozen.freeze();
                var killed = System.nanoTime();
                leader.kill();
                var elected = next.awaitElected();

                LOG.info("kill -9 to new leader: {} ms", millis(elected.at() - killed));
                assertThat(since(killed, elected.at()))
                        .isLessThan(afterTrust(Duration.ofSeconds(1)));
            }
        }
    }

    @Test
    void a_zombie_is_refused_even_with_the_right_epoch() {
        var leader = start("a");
        var term = leader.awaitElected().term();
        var zombie = new Term(term.epoch(), UUID.randomUUID());

        await(leader.act(term));
        assertThatThrownBy(() -> await(leader.act(zombie)))
                .hasRootCauseInstanceOf(Fence.TermOver.class);
        assertThat(database.execute("select epoch from acts")).containsExactly("1");
    }

    @Test
    void a_write_of_the_old_term_during_a_bump_waits_and_is_refused() {
        var leader = start("a");
        var term = leader.awaitElected().term();
        var bumping = await(leader.pool().getConnection());
        var transaction = await(bumping.begin());
        await(
                bumping.query("update leader set epoch = epoch + 1, id = gen_random_uuid()")
                        .execute());

        var late = leader.act(term);
        await("a session waits for a lock", this::blocked, pids -> !pids.isEmpty());
        await(transaction.commit());

        assertThatThrownBy(() -> await(late)).hasRootCauseInstanceOf(Fence.TermOver.class);
        assertThat(database.execute("select epoch from acts")).isEmpty();
    }

    @Test
    void no_term_begins_before_a_write_of_the_last_one_has_committed() {
        var first = start("a");
        var term = first.awaitElected().term();
        var writing = await(first.pool().getConnection());
        var transaction = await(writing.begin());
        await(Fence.hold(writing, term));
        var second = start("b");
        database.hangUpOn("a");
        await("a session waits for a lock", this::blocked, pids -> !pids.isEmpty());
        assertThat(second.wasTold()).isFalse();
        await(writing.query("insert into acts (epoch) values (1)").execute());
        await(transaction.commit());
        await(writing.close());

        await(
                "one of the contenders leads",
                () -> List.of(first.election().trusted(), second.election().trusted()),
                trusted -> trusted.contains(true));
        assertThat(database.execute("select epoch from leader")).containsExactly("2");
    }

    @Test
    void who_starts_before_the_database_leads_once_it_is_there() throws IOException {
        try (var wire = Wire.to(database.port())) {
            wire.cut();
            var early = keep(contender("a", wire.port())).start();
            var refused = keep(contender("b", unusedPort())).start();
            await(
                    early.databases()
                            .connect(Map.of())
                            .transform(failed -> {
                                assertThat(failed.failed()).isTrue();
                                return Future.succeededFuture();
                            }));
            wire.mend();

            early.awaitElected();
            assertThat(refused.wasTold()).isFalse();
        }
    }

    private Contender start(String name) {
        return keep(contender(name, database.port())).start();
    }

    private Contender contender(String name, int port) {
        return new Contender(name, database.name(), port, believed());
    }

    private @Nullable Path believed() {
        return encrypted ? authority : null;
    }

    private Contender keep(Contender contender) {
        contenders.add(contender);
        return contender;
    }

    /** Waits until this many candidates wait for the lock in the database. */
    private void awaitQueue(int candidates) {
        await(
                candidates + " candidates wait for the lock",
                () -> database.execute(QUEUE),
                pids -> pids.size() == candidates);
    }

    /** Returns the sessions that wait for a lock, except for those that wait to lead. */
    private List<String> blocked() {
        return database.execute(
                "select pid from pg_stat_activity where wait_event_type = 'Lock'"
                        + " and wait_event <> 'advisory' and datname = current_database()");
    }

    private static int unusedPort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /**
     * Returns how long a leader trusts its term without answers, plus the time {@code quiet}. Only
     * {@code quiet} is scaled for a slow machine.
     */
    private static Duration afterTrust(Duration quiet) {
        return Candidacy.TRUST.plus(EnginePace.scaled(quiet));
    }

    private static Duration since(long begin, long end) {
        return Duration.ofNanos(end - begin);
    }

    private static long millis(long nanos) {
        return NANOSECONDS.toMillis(nanos);
    }
}
