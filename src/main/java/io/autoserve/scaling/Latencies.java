package io.autoserve.scaling;

import io.autoserve.model.Sample;
import io.autoserve.proxy.Latency;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Latency histograms in the form that samples use: a list that contains, for each non-empty bucket,
 * its number followed by its count.
 */
public final class Latencies {
    private Latencies() {}

    static List<Integer> pairs(Latency latency) {
        var pairs = new ArrayList<Integer>();
        var counts = latency.counts();
        for (int bucket = 0; bucket < counts.size(); bucket++) {
            if (counts.get(bucket) != 0) {
                pairs.add(bucket);
                pairs.add(Math.toIntExact(counts.get(bucket)));
            }
        }
        return List.copyOf(pairs);
    }

    /**
     * Merges the histograms. The percentile of several instances or spans must come from the merged
     * histogram, never from an average of percentiles.
     */
    static List<Integer> merged(Collection<Sample> samples) {
        var requests = new TreeMap<Integer, Integer>();
        for (var sample : samples) {
            var pairs = sample.latency();
            for (int i = 0; i < pairs.size(); i += 2) {
                requests.merge(pairs.get(i), pairs.get(i + 1), Integer::sum);
            }
        }
        var pairs = new ArrayList<Integer>();
        requests.forEach((bucket, count) -> {
            pairs.add(bucket);
            pairs.add(count);
        });
        return List.copyOf(pairs);
    }

    /**
     * Returns the time in milliseconds within which this share of the requests was answered.
     * Returns null if there were no requests.
     *
     * @param share share of the requests, 0 to 1
     */
    public static @Nullable Double milliseconds(List<Integer> pairs, double share) {
        if (pairs.isEmpty()) {
            return null;
        }
        var counts = new ArrayList<>(Latency.NONE.counts());
        for (int i = 0; i < pairs.size(); i += 2) {
            counts.set(pairs.get(i), (long) pairs.get(i + 1));
        }
        return new Latency(counts).quantile(share).toNanos() / 1e6;
    }

    /** Returns the bucket for a duration in seconds; the inverse of {@link Latency#quantile}. */
    static int bucket(double seconds) {
        var smallest = 50e-6;
        var bucket = (int) Math.floor(Math.log(seconds / smallest) / Math.log(1.08));
        return Math.clamp(bucket, 0, Latency.NONE.counts().size() - 1);
    }
}
