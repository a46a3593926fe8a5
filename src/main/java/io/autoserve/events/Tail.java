package io.autoserve.events;

import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.store.LongReads;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes events to listeners, which are the clients of the streams. Each listener continues after
 * the last event that it got. A listener that keeps up gets events from memory, and a listener that
 * has fallen behind gets them from the database.
 */
public final class Tail implements View.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Tail.class);
    private static final int KEPT = 10_000;
    private static final int PAGE = 500;
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final LongReads past;
    private final Executor threads;
    private final Deque<Event> recent = new ArrayDeque<>();
    private final Set<Subscription> subscriptions = ConcurrentHashMap.newKeySet();
    private long oldestKept = Long.MAX_VALUE;

    /**
     * @param threads runs tasks on virtual threads, because reading past events blocks the thread
     */
    public Tail(LongReads past, Executor threads) {
        this.past = past;
        this.threads = threads;
    }

    /**
     * Calls {@code listener} with each event after {@code seq}, in order and without gaps, one at a
     * time.
     *
     * @return an action that ends the calls
     */
    public Runnable follow(long seq, Consumer<Event> listener) {
        var subscription = new Subscription(seq, listener);
        subscriptions.add(subscription);
        subscription.wake();
        return () -> subscriptions.remove(subscription);
    }

    @Override
    public void happened(Event event, Snapshot after) {
        synchronized (recent) {
            recent.addLast(event);
            if (recent.size() > KEPT) {
                recent.removeFirst();
            }
            oldestKept = recent.getFirst().seq();
        }
        subscriptions.forEach(Subscription::wake);
    }

    /**
     * Drops the events in memory, because some may have been undone. Listeners get the next events
     * from the database.
     */
    @Override
    public void reloaded(Snapshot now) {
        synchronized (recent) {
            recent.clear();
            oldestKept = Long.MAX_VALUE;
        }
        subscriptions.forEach(Subscription::wake);
    }

    private List<Event> behind(long seq) {
        synchronized (recent) {
            if (seq >= oldestKept) {
                return recentBehind(seq);
            }
        }
        return past.events(EventQuery.behind(seq, PAGE));
    }

    private List<Event> recentBehind(long seq) {
        var found = new ArrayList<Event>();
        for (var newest = recent.descendingIterator(); newest.hasNext(); ) {
            var event = newest.next();
            if (event.seq() <= seq) {
                break;
            }
            found.add(event);
        }
        return found.reversed();
    }

    private final class Subscription {
        private final Consumer<Event> listener;
        private final AtomicInteger wakes = new AtomicInteger();
        private volatile long seq;
        private volatile boolean troubled;

        Subscription(long seq, Consumer<Event> listener) {
            this.seq = seq;
            this.listener = listener;
        }

        void wake() {
            if (wakes.getAndIncrement() == 0) {
                threads.execute(this::pass);
            }
        }

        /**
         * Passes events to the listener, and repeats this if it was woken in the meantime. A
         * wake-up during a pass starts no second thread, so only one thread at a time calls the
         * listener.
         */
        private void pass() {
            int seen;
            do {
                seen = wakes.get();
                while (!passedAll()) {
                    rest(); // the next wake-up may come much later
                }
            } while (!wakes.compareAndSet(seen, 0));
        }

        /**
         * @return false if an error occurred and the subscription has to try again
         */
        private boolean passedAll() {
            try {
                for (var page = behind(seq); !page.isEmpty(); page = behind(seq)) {
                    for (var event : page) {
                        if (!subscriptions.contains(this)) {
                            return true;
                        }
                        listener.accept(event);
                        seq = event.seq();
                    }
                }
                troubled = false;
                return true;
            } catch (RuntimeException failure) {
                if (!troubled) {
                    LOG.warn("could not deliver events and will retry: {}", failure.toString());
                    troubled = true;
                }
                return !subscriptions.contains(this);
            }
        }

        private void rest() {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException ended) {
                subscriptions.remove(this);
            }
        }
    }
}
