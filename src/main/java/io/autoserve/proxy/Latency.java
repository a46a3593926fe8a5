package io.autoserve.proxy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How long requests took, as a histogram. Each bucket is 8 % wider than the one before, so a
 * quantile is exact within 4 %. {@code nginx/lua/autoserve/latency.lua} has the same buckets.
 *
 * @param counts requests per bucket
 */
public record Latency(List<Long> counts) {
    static final int BUCKETS = 192;
    private static final double SMALLEST_NANOS = 50_000;
    private static final double GROWTH = 1.08;

    public static final Latency NONE =
            new Latency(IntStream.range(0, BUCKETS).mapToObj(_ -> 0L).toList());

    public Latency {
        if (counts.size() != BUCKETS) {
            throw new IllegalArgumentException(
                    "latency must have %d buckets, had %d".formatted(BUCKETS, counts.size()));
        }
        counts = List.copyOf(counts);
    }

    public long requests() {
        return counts.stream().mapToLong(Long::longValue).sum();
    }

    public Latency plus(Latency other) {
        return new Latency(
                IntStream.range(0, BUCKETS)
                        .mapToObj(i -> counts.get(i) + other.counts.get(i))
                        .toList());
    }

    /** Returns the histogram of the requests since an earlier reading. */
    public Latency minus(Latency earlier) {
        return new Latency(
                IntStream.range(0, BUCKETS)
                        .mapToObj(i -> counts.get(i) - earlier.counts.get(i))
                        .toList());
    }

    /**
     * Returns the time within which this share of the requests was answered; zero if there were
     * none.
     *
     * @param share share of the requests, 0 to 1, where 0.95 means the 95th percentile
     */
    public Duration quantile(double share) {
        var rank = Math.max(1, Math.ceil(share * requests()));
        var seen = 0L;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += counts.get(bucket);
            if (seen >= rank) {
                return Duration.ofNanos(
                        Math.round(SMALLEST_NANOS * Math.pow(GROWTH, bucket + 0.5)));
            }
        }
        return Duration.ZERO;
    }
}
