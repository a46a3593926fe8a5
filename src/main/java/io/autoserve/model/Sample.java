package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reading of an instance's load. It carries the id of its app, so that the load of a deleted
 * app is never attributed to a new app of the same name.
 *
 * @param at end of the measured span
 * @param requests number of requests sent to the instance. A request that was retried on another
 *     instance counts for both instances
 * @param classes number of answered requests, by status class: 1xx first, 5xx last
 * @param inFlight average number of requests not fully answered
 * @param latency pairs of numbers: a bucket of nginx's latency histogram, and the number of
 *     requests in it. Unlike percentiles, the counts of several samples can be added up
 * @param cpuPercent CPU in percent of the instance's limit, or of one core if it has no limit; null
 *     if unknown
 * @param memoryPercent working set in percent of the instance's limit, or of the machine's memory
 *     if it has no limit
 */
public record Sample(
        long appId,
        long instanceId,
        int revision,
        Instant at,
        Duration span,
        long requests,
        List<Long> classes,
        double inFlight,
        List<Integer> latency,
        @Nullable Double cpuPercent,
        @Nullable Double memoryPercent,
        @Nullable Long memoryBytes) {

    /** The value of {@code classes} if no request was answered. */
    public static final List<Long> NO_CLASSES = List.of(0L, 0L, 0L, 0L, 0L);

    public Sample {
        Require.that(span.isPositive(), "span must be positive, was %s", span);
        Require.that(requests >= 0, "requests must not be negative, was %d", requests);
        Require.that(classes.size() == 5, "classes must have 5 entries, had %d", classes.size());
        Require.that(
                latency.size() % 2 == 0,
                "latency must have an even number of entries (bucket, count), was %s",
                latency);
        classes = List.copyOf(classes);
        latency = List.copyOf(latency);
    }

    public Instant began() {
        return at.minus(span);
    }

    /** Returns the number of 5xx answers, which includes broken connections. */
    public long errors() {
        return classes.getLast();
    }
}
