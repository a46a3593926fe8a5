package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The load of an app, summed up from several samples.
 *
 * @param at when the last sample ended
 * @param classesPerSecond requests answered per second, by status class: 1xx first, 5xx last
 * @param p95Ms 95th percentile of the latency of all requests together, in milliseconds; null if no
 *     request was answered
 * @param cpuPercent average CPU in percent of an instance's limit; null if unknown
 * @param instances how many instances were measured
 */
public record LoadSummary(
        Instant at,
        double requestsPerSecond,
        List<Double> classesPerSecond,
        double inFlight,
        @Nullable Double p50Ms,
        @Nullable Double p95Ms,
        @Nullable Double p99Ms,
        @Nullable Double cpuPercent,
        @Nullable Double memoryPercent,
        int instances) {}
