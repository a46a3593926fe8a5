package io.autoserve.events;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cluster.Databases;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.store.DesiredState;
import io.autoserve.store.LongReads;
import io.autoserve.store.StateReader;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.Wire;
import io.autoserve.time.Time;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks that the view stays equal to the tables, whatever happens to the notifications. */
class FeedIT {
    private static final Duration SOON = Eventually.PATIENCE;
    private static final Executor THREADS = Thread::startVirtualThread;
    private static final String CUT =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'autoserve feed'";

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final View view = new View();
    private final AtomicLong nanoTime = new AtomicLong();
    private final Postgres.Database tables = store.tables();
    private final StateReader stateReader = store.stateReader();
    private final DesiredState desiredState = store.desiredState();
    private final Tail tail = new Tail(store.past(), THREADS);
    private Feed feed;

    @BeforeEach
    void follow() {
        view.listen(tail);
        feed =
                new Feed(
                        new DatabaseNews(store.databases()),
                        stateReader::clusterState,
                        view,
                        _ -> {},
                        Time.counted(nanoTime::get),
                        new Random(1));
        feed.start();
        await("the view is loaded", view::snapshot, Optional::isPresent);
    }

    @AfterEach
    void end() {
        feed.close();
    }

    @Test
    void a_writer_reads_what_it_wrote() {
        var granted = desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        var seen = view.reached(granted.seq(), SOON).join();
        assertThat(seen.app("web")).isEqualTo(granted.app());
    }

    @Test
    void who_waited_too_long_for_the_view_leaves_nothing_behind() {
        var waits = view.reached(Long.MAX_VALUE, Duration.ofMillis(1));

        await("the wait ends", () -> waits, CompletableFuture::isCompletedExceptionally);
        await("nothing waits for the view", view::waiting, waiting -> waiting == 0);
    }

    @Test
    void the_view_equals_the_tables_though_its_connection_is_cut_again_and_again() {
        desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        for (var replicas = 0; replicas < 60; replicas++) {
            if (replicas % 20 == 10) {
                tables.execute(CUT);
            }
            desiredState.scale("web", replicas, By.actor("ann"));
        }
        desiredState.apply(spec("shop", rollout(1, 0)), "raw", By.actor("ann"));
        await(
                "the view is as new as the tables",
                this::seq,
                seq -> seq == stateReader.clusterState().seq());
        assertThat(view.snapshot().orElseThrow().apps())
                .containsExactlyInAnyOrderElementsOf(stateReader.clusterState().apps());
    }

    @Test
    void what_could_not_be_read_is_passed_on_soon_though_nothing_else_happens() {
        var granted = desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        var tries = new AtomicInteger();
        var past =
                new LongReads(
                        store.database(),
                        store.database(),
                        () -> {
                            if (tries.getAndIncrement() == 0) {
                                throw new IllegalStateException("for once");
                            }
                            return new LongReads.Seen(0, new Term(0, new UUID(0, 0)));
                        },
                        () -> NOON,
                        System::nanoTime);
        var told = new CopyOnWriteArrayList<Event>();

        new Tail(past, THREADS).follow(0, told::add);

        await("an event is told", () -> told, events -> !events.isEmpty());
        assertThat(told).extracting(Event::seq).containsExactly(granted.seq());
    }

    @Test
    void history_that_was_rewound_is_read_anew() {
        desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        var kept = desiredState.scale("web", 2, By.actor("ann"));
        var lost = desiredState.scale("web", 3, By.actor("ann"));
        view.reached(lost.seq(), SOON).join();
        var reloads = new CopyOnWriteArrayList<Snapshot>();
        view.listen(new OnReload(reloads));

        // A failover to a standby that lacks the last commit has the same effect.
        tables.execute("delete from events where seq = " + lost.seq());
        tables.execute("update apps set replicas = 2");
        tables.execute("notify autoserve_events");

        await("the view is reloaded", () -> reloads, them -> !them.isEmpty());
        assertThat(seq()).isEqualTo(kept.seq());
        assertThat(view.snapshot().orElseThrow().apps())
                .containsExactlyElementsOf(stateReader.clusterState().apps());
    }

    @Test
    void a_connection_that_died_without_a_word_is_noticed_and_what_was_missed_is_caught_up()
            throws IOException {
        var seen = new View();
        try (var wire = Wire.to(postgres.port());
                var far =
                        new Feed(
                                new DatabaseNews(databases(wire.port())),
                                stateReader::clusterState,
                                seen,
                                _ -> {},
                                Time.system(),
                                new Random(1))) {
            far.start();
            await("the view is loaded", seen::snapshot, Optional::isPresent);

            wire.lose();
            desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));

            seen.reached(desiredState.scale("web", 2, By.actor("ann")).seq(), SOON).join();
            assertThat(seen.snapshot().orElseThrow().apps())
                    .containsExactlyElementsOf(stateReader.clusterState().apps());
        }
    }

    @Test
    void it_knows_for_how_long_it_has_heard_nothing() throws Exception {
        await("the view is loaded", view::snapshot, Optional::isPresent);

        try (var _ = postgres.freeze()) {
            await(
                    "the feed has heard nothing for 40 seconds",
                    () -> {
                        nanoTime.addAndGet(1_000_000_000);
                        return feed.silence();
                    },
                    silence -> silence.toSeconds() >= 40);
        }

        await("the feed hears something", feed::silence, Duration::isZero);
    }

    @Test
    void followers_get_every_event_once_in_order_from_where_they_left_off() {
        desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        var early = new CopyOnWriteArrayList<Event>();
        tail.follow(0, early::add);
        for (var replicas = 2; replicas < 40; replicas++) {
            desiredState.scale("web", replicas, By.actor("ann"));
        }
        var late = new CopyOnWriteArrayList<Event>();
        tail.follow(20, late::add);
        desiredState.scale("web", 50, By.actor("ann"));
        var last = stateReader.clusterState().seq();

        await("all events, from the first", () -> early, events -> ends(events, last));
        await("all events, from the 21st", () -> late, events -> ends(events, last));
        assertThat(early).extracting(Event::seq).containsExactlyElementsOf(range(1, last));
        assertThat(late).extracting(Event::seq).containsExactlyElementsOf(range(21, last));
    }

    private Databases databases(int port) {
        return new Databases(store.vertx(), "127.0.0.1:" + port, tables.name(), "postgres", "");
    }

    private static boolean ends(List<Event> events, long seq) {
        return !events.isEmpty() && events.getLast().seq() == seq;
    }

    private static List<Long> range(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private long seq() {
        return view.snapshot().orElseThrow().seq();
    }

    private record OnReload(List<Snapshot> reloads) implements View.Listener {
        @Override
        public void happened(Event event, Snapshot after) {}

        @Override
        public void reloaded(Snapshot now) {
            reloads.add(now);
        }
    }
}
