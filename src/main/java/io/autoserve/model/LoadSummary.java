package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What several samples add up to.
 *
 * @param at when the last of them ended
 * @param classesPerSecond requests answered per second, by status class: 1xx first, 5xx last
 * @param p95Ms of all requests together; null where none was answered
 * @param cpuPercent of an instance's limit, on average; null where not known
 * @param instances how many were read
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
