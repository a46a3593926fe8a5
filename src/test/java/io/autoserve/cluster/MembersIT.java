package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Member;
import io.autoserve.model.Progress;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MembersIT {
    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong seen = new AtomicLong(41);
    @AutoClose private final Postgres postgres = Postgres.start();
    private Postgres.Database database;
    private Members members;

    @BeforeEach
    void start() {
        database = postgres.create();
        var databases =
                new Databases(
                        vertx,
                        "127.0.0.1:" + database.port(),
                        database.name(),
                        "postgres",
                        "postgres");
        members = new Members(vertx, databases.pool(1), () -> self("a", false));
    }

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    @Test
    void each_says_how_it_is_until_it_falls_silent_for_a_minute() {
        database.execute(
                """
                insert into members (name, address, version, leads, view_seq, started_at, last_seen) select name, '', '1', true, 0, now(), now() - silent from (values
                    ('b', interval '5 seconds'), ('c', interval '61 seconds')) as t(name, silent)
                """);
        members.start(() -> {});
        awaitView(41);
        seen.set(42);
        awaitView(42);

        assertThat(all()).extracting(Member::name).containsExactly("a", "b");
        var self = all().getFirst();
        assertThat(self.leads()).isFalse();
        assertThat(self.startedAt()).isEqualTo(STARTED);
        assertThat(self.viewTimeline()).isEqualTo(1);
        assertThat(self.viewDigest()).isEqualTo("d42");
        assertThat(all().getLast().viewDigest()).as("of a version that reports none").isNull();
    }

    @Test
    void each_says_how_many_events_it_has_not_seen() {
        database.execute(
                """
                select append_event(0, 'test', null, 'SecretSet', 'because', '{"kind": "Nothing"}')
                from generate_series(1, 3)
                """);
        seen.set(1);
        members.start(() -> {});
        awaitView(1);

        assertThat(all().getFirst().viewLag()).isEqualTo(2);
    }

    @Test
    void says_what_slots_wait_for_as_the_member_said_it() {
        seen.set(1);
        members.start(() -> {});
        awaitView(1);

        assertThat(all().getFirst().progress()).isEqualTo(self("a", false).progress());
    }

    @Test
    void the_leader_announces_itself_more_often_than_the_others() {
        var followers = new AtomicInteger();
        var leaders = new AtomicInteger();
        members.start(followers::incrementAndGet);
        new Members(vertx, database.connect(vertx).pool(1), () -> self("b", true))
                .start(leaders::incrementAndGet);

        await("the leader announces itself ten times", leaders::get, times -> times >= 10);

        assertThat(followers.get()).isBetween(2, leaders.get() - 3);
        assertThat(all()).extracting(Member::name).containsExactly("a", "b");
    }

    private Member self(String name, boolean leads) {
        return new Member(
                name,
                "http://" + name,
                "1",
                leads,
                seen.get(),
                null,
                1L,
                "d" + seen.get(),
                List.of(
                        new Progress("shop", 3, "waiting for the engine (12 ahead)"),
                        new Progress("web", 0, "the release command failed", STARTED)),
                STARTED,
                STARTED);
    }

    private void awaitView(long seq) {
        await(
                "the view of 'a' is at event " + seq,
                this::all,
                them -> them.stream().anyMatch(it -> it.name().equals("a") && it.viewSeq() == seq));
    }

    private List<Member> all() {
        return await(members.all());
    }
}
