package io.autoserve.simulation.postgres;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;

/** The primary key of a row. Its values are never null. */
record Key(List<Object> values) implements Comparable<Key> {
    Key {
        values = List.copyOf(values);
    }

    @Override
    public int compareTo(Key other) {
        for (var i = 0; i < values.size(); i++) {
            var difference = compare(values.get(i), other.values.get(i));
            if (difference != 0) {
                return difference;
            }
        }
        return 0;
    }

    /** Compares two values of SQL that are not null. */
    static int compare(Object one, Object other) {
        if (one instanceof Number a && other instanceof Number b) {
            return a instanceof Double || b instanceof Double
                    ? Double.compare(a.doubleValue(), b.doubleValue())
                    : Long.compare(a.longValue(), b.longValue());
        }
        if (one instanceof String a && other instanceof String b) {
            return a.compareTo(b);
        }
        if (one instanceof Boolean a && other instanceof Boolean b) {
            return a.compareTo(b);
        }
        if (one instanceof OffsetDateTime a && other instanceof OffsetDateTime b) {
            return a.toInstant().compareTo(b.toInstant());
        }
        if (one instanceof UUID a && other instanceof UUID b) {
            return a.compareTo(b);
        }
        throw new UnsupportedOperationException(
                "the model cannot compare %s with %s".formatted(one, other));
    }
}
