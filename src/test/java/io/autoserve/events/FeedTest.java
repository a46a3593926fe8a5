package io.autoserve.events;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.StateReader.News;
import io.autoserve.testing.Fixtures;
import io.autoserve.time.Time;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Runs the feed on a log in memory, which wakes the feed as PostgreSQL's notifications do. */
class FeedTest {
    private final FakeLog log = new FakeLog();
    private final View view = new View();
    private final AtomicLong read = new AtomicLong();
    private final Feed feed =
            new Feed(log, log::state, view, read::set, Time.system(), new Random(1));

    @AfterEach
    void close() {
        feed.close();
    }

    @Test
    void begins_with_the_tables_and_continues_with_events() {
        log.scale(1);
        start();
        log.scale(2);

        awaitReplicas(2);
        assertThat(read).hasValue(2);
        assertThat(log.reads()).as("reads of all tables").isEqualTo(1);
    }

    @Test
    void reads_page_after_page_until_nothing_is_left() {
        log.scale(1);
        start();
        log.scaleSilently(FakeLog.PAGE * 3);
        log.scale(7);

        awaitReplicas(7);
        assertThat(log.reads()).as("reads of all tables").isEqualTo(1);
    }

    @Test
    void history_that_was_rewound_is_read_again_from_the_tables() {
        log.scale(1);
        log.scale(2);
        start();
        log.rewind();

        awaitReplicas(1);
        assertThat(view.snapshot().orElseThrow().timeline()).isEqualTo(2);
    }

    @Test
    void a_change_that_only_a_newer_version_knows_is_read_from_the_tables() {
        log.scale(1);
        start();
        log.scaleInNewWords(5);

        awaitReplicas(5);
        assertThat(log.reads()).as("reads of all tables").isEqualTo(2);
    }

    @Test
    void an_event_of_a_deleted_revision_makes_it_read_the_tables() {
        log.scale(1);
        start();
        log.registerAndDelete();
        log.scale(5);

        awaitReplicas(5);
        assertThat(log.reads()).as("reads of all tables").isEqualTo(2);
        assertThat(view.snapshot().orElseThrow().app("gone")).isNull();
    }

    @Test
    void a_lost_connection_is_closed_and_replaced_by_a_new_one() {
        log.scale(1);
        start();
        log.lose();
        log.scale(3);

        awaitReplicas(3);
        assertThat(log.open()).isEqualTo(1);
    }

    @Test
    void closing_it_closes_its_connection() {
        log.scale(1);
        start();
        feed.close();

        await("log.open() == 0", () -> log.open(), it -> it == 0);
    }

    private void start() {
        feed.start();
        await("view.snapshot().isPresent()", () -> view.snapshot(), it -> it.isPresent());
    }

    private void awaitReplicas(int replicas) {
        await("app().replicas() == replicas", () -> app().replicas(), it -> it == replicas);
    }

    private App app() {
        return Objects.requireNonNull(view.snapshot().orElseThrow().app("web"));
    }

    /** A log with one app. Each event scales that app. */
    private static final class FakeLog implements NewsSource {
        static final int PAGE = 10;

        private final List<Event> events = new ArrayList<>();
        private final List<Runnable> wakes = new ArrayList<>();
        private long timeline = 1;
        private int reads;
        private int generation;
        private int newest = 1;

        synchronized void scale(int replicas) {
            append(scaled(replicas));
            newest = replicas;
            wake();
        }

        synchronized void scaleSilently(int times) {
            for (var i = 1; i <= times; i++) {
                append(scaled(i));
            }
        }

        private static Change scaled(int replicas) {
            return Change.PutApp.of(Fixtures.app("web", replicas), false, List.of());
        }

        /** Registers another app, whose revision is deleted before the feed reads the event. */
        synchronized void registerAndDelete() {
            append(Change.PutApp.of(Fixtures.app("gone", 1), true, List.of()));
            wake();
        }

        synchronized void scaleInNewWords(int replicas) {
            append(new Change.Unknown());
            newest = replicas;
            wake();
        }

        private void append(Change change) {
            events.add(
                    new Event(
                            events.size() + 1,
                            NOON,
                            0,
                            "ann",
                            "web",
                            "AppScaled",
                            "asked for",
                            change));
        }

        /** Loses the last event, as when the database fails over to a standby that lacks it. */
        synchronized void rewind() {
            timeline++;
            events.removeLast();
            newest = 1;
            wake();
        }

        /** Breaks all connections. */
        synchronized void lose() {
            generation++;
        }

        private void wake() {
            wakes.forEach(Runnable::run);
        }

        synchronized ClusterState state() {
            reads++;
            return new ClusterState(
                    timeline,
                    events.size(),
                    new Leader("c1", "http://c1", new Term(1, new UUID(0, 1)), NOON),
                    List.of(Fixtures.app("web", newest)),
                    Map.of(),
                    List.of(),
                    List.of(),
                    Map.of(),
                    List.of(),
                    Map.of(),
                    Map.of(),
                    List.of());
        }

        synchronized int reads() {
            return reads;
        }

        synchronized int open() {
            return wakes.size();
        }

        @Override
        public synchronized NewsConnection connect(Runnable wake) {
            var opened = generation;
            wakes.add(wake);
            return new NewsConnection() {
                @Override
                public News after(long seq) throws IOException {
                    synchronized (FakeLog.this) {
                        if (opened != generation) {
                            throw new IOException("the connection was reset");
                        }
                        return new News(
                                timeline,
                                events.size(),
                                events.stream()
                                        .filter(event -> event.seq() > seq)
                                        .limit(PAGE)
                                        .toList(),
                                Map.of());
                    }
                }

                @Override
                public void close() {
                    synchronized (FakeLog.this) {
                        wakes.remove(wake);
                    }
                }
            };
        }
    }
}
