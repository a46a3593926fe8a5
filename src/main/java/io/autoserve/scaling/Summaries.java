package io.autoserve.scaling;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.autoserve.model.LoadSummary;
import io.autoserve.model.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/** Summarizes samples for people. */
public final class Summaries {
    private Summaries() {}

    /**
     * @param samples samples of one or several instances, taken at the same times
     * @param span total time that the samples cover
     */
    public static LoadSummary of(Collection<Sample> samples, Instant at, Duration span) {
        var seconds = Math.max(1e-9, span.toNanos() / 1e9);
        var latency = Latencies.merged(samples);
        return new LoadSummary(
                at,
                Samples.requests(samples) / seconds,
                Samples.classes(samples).stream().map(count -> count / seconds).toList(),
                Samples.seconds(samples, Sample::inFlight) / seconds,
                Latencies.milliseconds(latency, 0.5),
                Latencies.milliseconds(latency, 0.95),
                Latencies.milliseconds(latency, 0.99),
                Samples.mean(samples, Sample::cpuPercent),
                Samples.mean(samples, Sample::memoryPercent),
                (int) samples.stream().mapToLong(Sample::instanceId).distinct().count());
    }

    /** Returns one summary for each step, oldest first. Steps without readings are left out. */
    public static List<LoadSummary> steps(Collection<Sample> samples, Duration step) {
        return samples.stream()
                .collect(groupingBy(sample -> stepEnd(sample, step), TreeMap::new, toList()))
                .entrySet()
                .stream()
                .map(entry -> of(entry.getValue(), entry.getKey(), step))
                .toList();
    }

    private static Instant stepEnd(Sample sample, Duration step) {
        var length = step.toSeconds();
        return Instant.ofEpochSecond(Math.ceilDiv(sample.at().getEpochSecond(), length) * length);
    }
}
