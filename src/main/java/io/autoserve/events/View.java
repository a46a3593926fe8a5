package io.autoserve.events;

import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Holds the present state. Only the {@link Feed} changes it, and all code may read it. Code that
 * must not miss a change registers a listener.
 */
public final class View {

    /** Called on the feed's thread, in the order of events. Must return quickly. */
    public interface Listener {
        void happened(Event event, Snapshot after);

        /**
         * Called after the view was reloaded from the tables. Events may have been skipped or
         * undone.
         */
        void reloaded(Snapshot now);
    }

    private record Waiter(long seq, CompletableFuture<Snapshot> seen)
            implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            return Long.compare(seq, other.seq);
        }
    }

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final PriorityQueue<Waiter> waiters = new PriorityQueue<>();
    private volatile @Nullable Snapshot snapshot;

    /** Returns the present state, or empty until the first load. */
    public Optional<Snapshot> snapshot() {
        return Optional.ofNullable(snapshot);
    }

    /**
     * Completes when the view has seen {@code seq}, or fails when that takes longer than {@code
     * longest}.
     */
    public CompletableFuture<Snapshot> reached(long seq, Duration longest) {
        var waiter = new Waiter(seq, new CompletableFuture<>());
        synchronized (waiters) {
            waiters.add(waiter);
        }
        snapshot().ifPresent(this::release);
        return waiter.seen
                .orTimeout(longest.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((_, tooLate) -> {
                    if (tooLate != null) {
                        forget(waiter);
                    }
                });
    }

    private void forget(Waiter waiter) {
        synchronized (waiters) {
            waiters.remove(waiter);
        }
    }

    /** Returns how many callers wait for an event that the view has not seen. */
    int waiting() {
        synchronized (waiters) {
            return waiters.size();
        }
    }

    /**
     * @return an action that ends the calls
     */
    public Runnable listen(Listener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    void reload(Snapshot now) {
        snapshot = now;
        release(now);
        listeners.forEach(listener -> listener.reloaded(now));
    }

    /**
     * Applies an event, unless the view has already seen it.
     *
     * @param spec the spec of the revision that the event created, see {@link Snapshot#after}
     * @return whether the view understood the event. If not, it must be reloaded from the tables
     */
    boolean apply(Event event, @Nullable AppSpec spec) {
        var before = snapshot().orElseThrow();
        if (event.seq() <= before.seq()) {
            return true;
        }
        var understood = !before.lacksSpec(event, spec);
        var now = before.after(event, spec);
        snapshot = now;
        release(now);
        listeners.forEach(listener -> listener.happened(event, now));
        return understood;
    }

    private void release(Snapshot now) {
        var due = new ArrayList<Waiter>();
        synchronized (waiters) {
            while (!waiters.isEmpty() && waiters.peek().seq <= now.seq()) {
                due.add(waiters.poll());
            }
        }
        due.forEach(waiter -> waiter.seen.complete(now));
    }
}
