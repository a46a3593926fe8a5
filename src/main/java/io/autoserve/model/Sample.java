package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reading of an instance's load. Of the app it carries the id, so that the load of a deleted
 * app is never taken for that of its namesake.
 *
 * @param at end of the span that it is of
 * @param requests sent to the instance; one that was repeated elsewhere counts at each
 * @param classes requests answered, by status class: 1xx first, 5xx last
 * @param inFlight requests not fully answered, on average
 * @param latency pairs of a bucket of nginx's histogram and the requests in it: unlike percentiles,
 *     they can be added up
 * @param cpuPercent of the instance's limit, of one core without one; null where not known
 * @param memoryPercent working set in percent of the instance's limit, of the machine without one
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

    /** None answered, by class. */
    public static final List<Long> NO_CLASSES = List.of(0L, 0L, 0L, 0L, 0L);

    public Sample {
        Require.that(span.isPositive(), "span must be positive, was %s", span);
        Require.that(requests >= 0, "requests must not be negative, was %d", requests);
        Require.that(classes.size() == 5, "classes must be 5, was %d", classes.size());
        Require.that(latency.size() % 2 == 0, "latency must be pairs, was %s", latency);
        classes = List.copyOf(classes);
        latency = List.copyOf(latency);
    }

    public Instant began() {
        return at.minus(span);
    }

    /** 5xx, broken connections among them. */
    public long errors() {
        return classes.getLast();
    }
}
