package io.autoserve.model;

import java.util.Comparator;

/**
 * The version of a route table, or of the certificates, in nginx. nginx refuses a lower version
 * than the one that it has.
 */
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
