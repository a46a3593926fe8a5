package io.autoserve.simulation.postgres;

import io.autoserve.simulation.postgres.Schema.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The committed rows of one database. A row keeps the versions that a transaction may still read.
 * Sequences do not belong to transactions: a number that was handed out is never handed out again,
 * even if its transaction is rolled back.
 */
final class Store {
    /** PostgreSQL writes to its log only every 32nd number of a sequence, and skips the rest. */
    private static final int LOGGED_AT_ONCE = 32;

    private final Map<String, SortedMap<Key, Version>> tables = new LinkedHashMap<>();
    private final Map<String, Long> sequences = new TreeMap<>();
    private final Map<String, Long> loggedSequences = new TreeMap<>();
    private final SortedMap<Long, Integer> readers = new TreeMap<>();
    private long commits;

    /** One version of a row. */
    private static final class Version {
        private final Object[] row; // null if the row was deleted
        private final long since;
        private Version older;

        Version(Object[] row, long since, Version older) {
            this.row = row;
            this.since = since;
            this.older = older;
        }
    }

    /** What one transaction changed, as the log has it. A null row is a deleted one. */
    static final class Changes {
        private final Map<String, SortedMap<Key, Object[]>> rows = new LinkedHashMap<>();

        void put(String table, Key key, Object[] row) {
            rows.computeIfAbsent(table, _ -> new TreeMap<>()).put(key, row);
        }

        boolean isEmpty() {
            return rows.isEmpty();
        }

        /** Returns whether the table's row was changed. */
        boolean contains(String table, Key key) {
            var changed = rows.get(table);
            return changed != null && changed.containsKey(key);
        }

        Object[] get(String table, Key key) {
            var changed = rows.get(table);
            return changed == null ? null : changed.get(key);
        }

        void forEach(String table, BiConsumer<Key, Object[]> each) {
            var changed = rows.get(table);
            if (changed != null) {
                changed.forEach(each);
            }
        }
    }

    Store() {
        Schema.TABLES.keySet().forEach(name -> tables.put(name, new TreeMap<>()));
    }

    /** Returns the number of the last commit. */
    long now() {
        return commits;
    }

    /** Returns the row as the snapshot has it; null if there is none. */
    Object[] get(Table table, Key key, long snapshot) {
        return visible(rows(table).get(key), snapshot);
    }

    /** Returns the rows that the snapshot has, by key. */
    List<Object[]> scan(Table table, long snapshot) {
        var found = new ArrayList<Object[]>();
        for (var version : rows(table).values()) {
            var row = visible(version, snapshot);
            if (row != null) {
                found.add(row);
            }
        }
        return found;
    }

    /** Returns the rows after this key, in their order, at most so many. */
    List<Object[]> after(Table table, Key key, int most) {
        var found = new ArrayList<Object[]>();
        for (var entry : rows(table).tailMap(key).entrySet()) {
            var row = entry.getValue().row;
            if (row != null && entry.getKey().compareTo(key) > 0) {
                found.add(row);
                if (found.size() == most) {
                    break;
                }
            }
        }
        return found;
    }

    /** Returns the highest key of a table that never loses rows; null if the table is empty. */
    Key last(Table table) {
        var rows = rows(table);
        return rows.isEmpty() ? null : rows.lastKey();
    }

    /** Returns the number of the commit that wrote the newest version of the row, or 0. */
    long changedAt(Table table, Key key) {
        var version = rows(table).get(key);
        return version == null ? 0 : version.since;
    }

    private static Object[] visible(Version newest, long snapshot) {
        var version = newest;
        while (version != null && version.since > snapshot) {
            version = version.older;
        }
        return version == null ? null : version.row;
    }

    private SortedMap<Key, Version> rows(Table table) {
        return tables.get(table.name());
    }

    /** Keeps the rows of this snapshot until {@link #closed}. */
    void opened(long snapshot) {
        readers.merge(snapshot, 1, Integer::sum);
    }

    void closed(long snapshot) {
        readers.computeIfPresent(snapshot, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Forgets the snapshots of all transactions, which ended with the process of the database. */
    void restarted() {
        readers.clear();
    }

    /** Applies the changes of one transaction. */
    void apply(Changes changes) {
        commits++;
        var oldest = readers.isEmpty() ? commits : readers.firstKey();
        changes.rows.forEach((name, changed) -> {
            var rows = tables.get(name);
            changed.forEach((key, row) -> {
                var before = pruned(rows.get(key), oldest);
                if (row == null && before == null) {
                    rows.remove(key);
                } else {
                    rows.put(key, new Version(row, commits, before));
                }
            });
        });
    }

    /** Drops the versions that no snapshot reads any more. */
    private static Version pruned(Version newest, long oldest) {
        for (var version = newest; version != null; version = version.older) {
            if (version.since <= oldest) {
                version.older = null;
            }
        }
        return newest;
    }

    /** Returns the next number of a sequence. */
    long next(String sequence) {
        return sequences.merge(sequence, 1L, Long::sum);
    }

    /** Returns the number up to which the log covers the sequence. */
    long logged(String sequence) {
        var handedOut = sequences.getOrDefault(sequence, 0L);
        return loggedSequences.compute(
                sequence,
                (_, before) ->
                        before == null || handedOut > before
                                ? Long.valueOf(handedOut + LOGGED_AT_ONCE)
                                : before);
    }

    /** Makes a standby know that the primary may have handed out the numbers up to this one. */
    void skipTo(String sequence, long number) {
        sequences.merge(sequence, number, Math::max);
        loggedSequences.merge(sequence, number, Math::max);
    }

    Map<String, Long> sequences() {
        return new TreeMap<>(sequences);
    }

    /** Returns a copy with the same rows, as a new standby gets it. */
    Store copy() {
        var copy = new Store();
        var all = new Changes();
        tables.forEach((name, rows) ->
                rows.forEach((key, version) -> {
                    if (version.row != null) {
                        all.put(name, key, version.row);
                    }
                }));
        copy.apply(all);
        copy.sequences.putAll(sequences);
        copy.loggedSequences.putAll(loggedSequences);
        return copy;
    }
}
