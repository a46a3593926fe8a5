package io.autoserve.simulation.postgres;

import io.autoserve.simulation.SimulatedProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * The locks of one database. Each lock is on a row, on a table or on a number (an advisory lock). A
 * session that must wait gets the lock in the order in which the sessions asked.
 */
@SuppressWarnings("ReferenceEquality") // an owner is itself only
final class Locks {
    private final SimulatedProcess process;
    private final Map<Object, Held> locks = new LinkedHashMap<>();

    /** What each owner has asked for, in that order. It may have released some of it since. */
    private final IdentityHashMap<Object, Set<Object>> asked = new IdentityHashMap<>();

    Locks(SimulatedProcess process) {
        this.process = process;
    }

    /** How strong a lock is. The names are those of PostgreSQL's row locks. */
    enum Mode {
        KEY_SHARE,
        SHARE,
        NO_KEY_UPDATE,
        UPDATE;

        boolean conflicts(Mode other) {
            return switch (this) {
                case KEY_SHARE -> other == UPDATE;
                case SHARE -> other == NO_KEY_UPDATE || other == UPDATE;
                case NO_KEY_UPDATE -> other != KEY_SHARE;
                case UPDATE -> true;
            };
        }
    }

    /** A row of a table, whether or not it exists. */
    record OfRow(String table, Key key) {}

    record OfTable(String table) {}

    record Advisory(long key) {}

    /** A value of a column that must be unique. */
    record Unique(String table, String column, Object value) {}

    private record Grant(Object owner, Mode mode) {}

    private static final class Waiter {
        private final Object owner;
        private final Mode mode;
        private final Semaphore granted = new Semaphore(0);

        Waiter(Object owner, Mode mode) {
            this.owner = owner;
            this.mode = mode;
        }
    }

    private static final class Held {
        private final List<Grant> grants = new ArrayList<>();
        private final List<Waiter> waiters = new ArrayList<>();

        boolean grants(Object owner, Mode mode) {
            return grants.stream().allMatch(it -> it.owner == owner || !it.mode.conflicts(mode));
        }

        boolean has(Object owner, Mode mode) {
            return grants.stream()
                    .anyMatch(it -> it.owner == owner && it.mode.compareTo(mode) >= 0);
        }
    }

    /**
     * Takes the lock, and waits for it if necessary.
     *
     * @param owner the transaction or the session that holds the lock
     * @return false if the patience ended first
     */
    boolean take(Object owner, Object what, Mode mode, Duration patience)
            throws InterruptedException {
        var held = locks.computeIfAbsent(what, _ -> new Held());
        if (held.has(owner, mode)) {
            return true;
        }
        asked.computeIfAbsent(owner, _ -> new LinkedHashSet<>()).add(what);
        var upgrade = held.grants.stream().anyMatch(it -> it.owner == owner);
        if (held.grants(owner, mode) && (upgrade || held.waiters.isEmpty())) {
            held.grants.add(new Grant(owner, mode));
            return true;
        }
        var waiter = new Waiter(owner, mode);
        held.waiters.add(upgrade ? 0 : held.waiters.size(), waiter);
        if (process.rest(waiter.granted, patience)) {
            return true;
        }
        if (held.waiters.remove(waiter)) {
            letNextThrough(what, held);
            return false;
        }
        return true; // it was granted in the moment in which the patience ended
    }

    boolean holds(Object owner, Object what) {
        var held = locks.get(what);
        return held != null && held.grants.stream().anyMatch(it -> it.owner == owner);
    }

    /** Releases one lock. Does nothing if the owner does not hold it. */
    void release(Object owner, Object what) {
        var held = locks.get(what);
        if (held != null && held.grants.removeIf(it -> it.owner == owner)) {
            letNextThrough(what, held);
        }
    }

    /** Releases all locks of the owner, and forgets that it waits. */
    void releaseAll(Object owner) {
        var whats = asked.remove(owner);
        if (whats == null) {
            return;
        }
        for (var what : whats) {
            var held = locks.get(what);
            if (held != null) {
                held.grants.removeIf(it -> it.owner == owner);
                held.waiters.removeIf(it -> it.owner == owner);
                letNextThrough(what, held);
            }
        }
    }

    private void letNextThrough(Object what, Held held) {
        while (!held.waiters.isEmpty()) {
            var first = held.waiters.getFirst();
            if (!held.grants(first.owner, first.mode)) {
                return;
            }
            held.waiters.removeFirst();
            held.grants.add(new Grant(first.owner, first.mode));
            first.granted.release();
        }
        if (held.grants.isEmpty()) {
            locks.remove(what);
        }
    }
}
