package io.autoserve.scaling;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.autoserve.model.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Combines samples. */
final class Samples {
    private Samples() {}

    /** Combines consecutive samples into one for each instance. */
    static List<Sample> byInstance(Collection<Sample> read, Instant end, Duration span) {
        return read.stream()
                .collect(groupingBy(Sample::instanceId, TreeMap::new, toList()))
                .values()
                .stream()
                .map(ofOne -> together(ofOne, end, span))
                .toList();
    }

    /** Combines consecutive samples of one instance into one. */
    static Sample together(List<Sample> read, Instant end, Duration span) {
        var newest = read.getLast();
        return new Sample(
                newest.appId(),
                newest.instanceId(),
                newest.revision(),
                end,
                span,
                requests(read),
                classes(read),
                seconds(read, Sample::inFlight) / seconds(read, _ -> 1),
                Latencies.merged(read),
                mean(read, Sample::cpuPercent),
                mean(read, Sample::memoryPercent),
                newest.memoryBytes());
    }

    /**
     * Returns the samples of the newest reading. All samples of one reading end at the same time.
     */
    static List<Sample> newest(Collection<Sample> read) {
        var last = read.stream().map(Sample::at).max(Comparator.naturalOrder());
        return read.stream().filter(sample -> sample.at().equals(last.orElseThrow())).toList();
    }

    static long requests(Collection<Sample> read) {
        return read.stream().mapToLong(Sample::requests).sum();
    }

    static List<Long> classes(Collection<Sample> read) {
        return IntStream.range(0, 5)
                .mapToObj(i -> read.stream().mapToLong(sample -> sample.classes().get(i)).sum())
                .toList();
    }

    /**
     * Returns the integral of a value over time: multiplies the value of each sample by the
     * sample's span in seconds, and adds up the products.
     */
    static double seconds(Collection<Sample> read, ToDoubleFunction<Sample> value) {
        return read.stream()
                .mapToDouble(sample -> value.applyAsDouble(sample) * sample.span().toNanos() / 1e9)
                .sum();
    }

    /**
     * Returns the mean of the known values over time, in which a sample of a longer span counts
     * more. Returns null if no value is known.
     */
    static @Nullable Double mean(
            Collection<Sample> read, Function<Sample, @Nullable Double> value) {
        var known = read.stream().filter(sample -> value.apply(sample) != null).toList();
        return known.isEmpty()
                ? null
                : seconds(known, sample -> Objects.requireNonNull(value.apply(sample)))
                        / seconds(known, _ -> 1);
    }
}
