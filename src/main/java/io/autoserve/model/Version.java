package io.autoserve.model;

import java.util.Comparator;

/** The version of a route table. nginx refuses a table with a lower version than its own. */
public record Version(long timeline, long epoch, long seq) implements Comparable<Version> {
    private static final Comparator<Version> ORDER =
            Comparator.comparingLong(Version::timeline)
                    .thenComparingLong(Version::epoch)
                    .thenComparingLong(Version::seq);

    @Override
    public int compareTo(Version other) {
        return ORDER.compare(this, other);
    }
}
