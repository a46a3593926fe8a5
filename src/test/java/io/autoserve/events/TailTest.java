package io.autoserve.events;

import static io.autoserve.testing.Eventually.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.clusterState;
import static io.autoserve.testing.Fixtures.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.store.LongReads;
import io.autoserve.testing.AbsentDatabase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Passes events to listeners without a database. Only a listener that has fallen behind needs the
 * database.
 */
class TailTest {
    private static final int KEPT = 10_000;

    private final AbsentDatabase absent = new AbsentDatabase();
    private final Tail tail =
            new Tail(
                    new LongReads(
                            absent.database(),
                            null,
                            () -> {
                                throw new AssertionError("there is no standby");
                            },
                            () -> NOON,
                            System::nanoTime),
                    Thread::startVirtualThread);
    private final List<Long> told = new CopyOnWriteArrayList<>();

    @Test
    void a_follower_gets_the_events_after_its_own_in_order() {
        happen(1, 5);

        tail.follow(2, this::tell);
        awaitTold(5);
        happen(6, 7);

        awaitTold(7);
        assertThat(told).containsExactly(3L, 4L, 5L, 6L, 7L);
        assertThat(absent.asked()).isZero();
    }

    @Test
    void a_follower_that_ended_gets_nothing_more() {
        happen(1, 1);
        var end = tail.follow(1, this::tell);
        happen(2, 2);
        awaitTold(2);

        end.run();
        happen(3, 3);
        tail.follow(1, event -> told.add(-event.seq()));

        await("another follower gets all", () -> told, seqs -> seqs.contains(-3L));
        assertThat(told).doesNotContain(3L);
    }

    @Test
    void a_follower_that_ends_while_it_is_told_gets_nothing_more() {
        happen(1, 1);
        var end = new CopyOnWriteArrayList<Runnable>();
        end.add(
                tail.follow(
                        1,
                        event -> {
                            told.add(event.seq());
                            end.getFirst().run();
                        }));

        happen(2, 9);
        tail.follow(1, event -> told.add(-event.seq()));

        await("another follower gets all", () -> told, seqs -> seqs.contains(-9L));
        assertThat(told).filteredOn(seq -> seq > 0).containsExactly(2L);
    }

    @Test
    void a_follower_that_failed_is_told_the_same_event_again() {
        happen(1, 1);
        var failures = new CopyOnWriteArrayList<Long>();
        tail.follow(
                1,
                event -> {
                    if (failures.size() < 2) {
                        failures.add(event.seq());
                        throw new IllegalStateException("not now");
                    }
                    told.add(event.seq());
                });

        happen(2, 3);

        awaitTold(3);
        assertThat(failures).containsExactly(2L, 2L);
        assertThat(told).containsExactly(2L, 3L);
    }

    @Test
    void a_follower_from_before_what_is_kept_needs_the_database() {
        happen(1, KEPT + 1);

        tail.follow(2, this::tell);
        awaitTold(KEPT + 1);
        assertThat(absent.asked()).isZero();

        assertNeedsDatabase(1);
    }

    @Test
    void events_that_are_no_longer_certain_are_read_from_the_database() {
        happen(1, 5);

        tail.reloaded(Snapshot.of(clusterState(3, List.of())));

        assertNeedsDatabase(4);
        assertThat(told).isEmpty();
    }

    private void assertNeedsDatabase(long seq) {
        var end = tail.follow(seq, this::tell);
        await("the database is asked", absent::asked, asked -> asked > 0);
        end.run();
    }

    private void happen(long first, long last) {
        var after = Snapshot.of(clusterState(last, List.of()));
        LongStream.rangeClosed(first, last)
                .forEach(seq -> tail.happened(event(seq, new Change.Nothing()), after));
    }

    private void tell(Event event) {
        told.add(event.seq());
    }

    private void awaitTold(long seq) {
        await("event %d is told".formatted(seq), () -> told, seqs -> seqs.contains(seq));
    }
}
