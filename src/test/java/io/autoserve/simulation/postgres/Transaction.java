package io.autoserve.simulation.postgres;

import io.autoserve.simulation.postgres.Schema.Table;
import java.util.List;
import java.util.TreeMap;

/** An open transaction of a session. It owns its locks. */
final class Transaction {
    private final Store store;
    private final Store.Changes changes = new Store.Changes();
    private final boolean repeatable;
    private long snapshot = -1;
    private boolean events;
    private boolean failed;
    private boolean local;

    Transaction(Store store, boolean repeatable) {
        this.store = store;
        this.repeatable = repeatable;
    }

    /** Begins a statement and returns the snapshot that it reads. */
    long beginStatement() {
        if (repeatable && snapshot >= 0) {
            return snapshot;
        }
        snapshot = store.now();
        store.opened(snapshot);
        return snapshot;
    }

    /** Ends a statement, so that the rows of its snapshot need not be kept any longer. */
    void endStatement() {
        if (!repeatable) {
            close();
        }
    }

    /** Lets go of the snapshot. May be called more than once. */
    void close() {
        if (snapshot >= 0) {
            store.closed(snapshot);
            snapshot = -1;
        }
    }

    Object[] get(Table table, Key key, long asOf) {
        return changes.contains(table.name(), key)
                ? changes.get(table.name(), key)
                : store.get(table, key, asOf);
    }

    /** Returns the row without the changes of this transaction; null if there is none. */
    Object[] committed(Table table, Key key) {
        return store.get(table, key, Long.MAX_VALUE);
    }

    /** Returns the newest version of a row, which another transaction may have committed. */
    Object[] newest(Table table, Key key) {
        return get(table, key, Long.MAX_VALUE);
    }

    List<Object[]> scan(Table table, long asOf) {
        var committed = store.scan(table, asOf);
        var rows = new TreeMap<Key, Object[]>();
        changes.forEach(table.name(), rows::put);
        if (rows.isEmpty()) {
            return committed;
        }
        committed.forEach(row -> rows.putIfAbsent(table.key(row), row));
        changes.forEach(
                table.name(),
                (key, row) -> {
                    if (row == null) {
                        rows.remove(key);
                    }
                });
        return List.copyOf(rows.values());
    }

    void put(Table table, Key key, Object[] row) {
        changes.put(table.name(), key, row);
    }

    /** Notifies the clients that listen for events, once this transaction has committed. */
    void notifies() {
        events = true;
    }

    boolean hasEvents() {
        return events;
    }

    Store.Changes changes() {
        return changes;
    }

    void fail() {
        failed = true;
    }

    boolean failed() {
        return failed;
    }

    void waitForStandby(boolean whether) {
        local = !whether;
    }

    boolean local() {
        return local;
    }
}
