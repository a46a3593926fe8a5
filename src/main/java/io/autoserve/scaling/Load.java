package io.autoserve.scaling;

import static java.util.stream.Collectors.groupingBy;

import io.autoserve.model.Instance;
import io.autoserve.model.Metric;
import io.autoserve.model.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The recent load on the instances of an app.
 *
 * @param ready number of instances that get requests
 * @param seen how much of the window the readings cover
 * @param complete whether every ready instance was read during the whole window. Only then may the
 *     load count as low
 * @param values the known values by metric
 */
record Load(int ready, Duration seen, boolean complete, Map<Metric, Value> values) {
    /**
     * How long after readiness an instance's CPU is ignored, because the CPU used for warming up is
     * not load (kubernetes/kubernetes#29989). The HPA ignores the CPU of young pods for up to five
     * minutes (--horizontal-pod-autoscaler-cpu-initialization-period). Here the period begins only
     * when the instance is ready, so it must cover only the extra work of the first requests.
     */
    static final Duration WARM_UP = Duration.ofSeconds(10);

    /**
     * The load counts as complete even if readings are missing for up to this much of the window.
     * Readings arrive about every second.
     */
    private static final Duration TOLERATED_GAP = Duration.ofSeconds(3);

    /**
     * @param each the average per instance
     * @param instances number of instances in the average; {@code each × instances} is the total
     *     load
     */
    record Value(double each, int instances) {}

    Load {
        values = Map.copyOf(values);
    }

    @Nullable Value value(Metric metric) {
        return values.get(metric);
    }

    /**
     * @param samples the app's samples, none of them after {@code now}
     * @param instances the app's instances. Instances that are not ready or are leaving do not
     *     count as capacity, but the requests that they still answer count as load.
     */
    static Load of(
            Collection<Sample> samples,
            Collection<Instance> instances,
            Duration window,
            Instant now) {
        var inWindow =
                samples.stream().filter(sample -> sample.at().isAfter(now.minus(window))).toList();
        var ready = instances.stream().filter(Instance::routable).toList();
        return new Reader(inWindow, ready, window, now).load();
    }

    private record Reader(
            List<Sample> samples, List<Instance> ready, Duration window, Instant now) {

        Load load() {
            var seen = seen(samples);
            var values = new EnumMap<Metric, Value>(Metric.class);
            var measured = seconds(measured(samples));
            if (!ready.isEmpty() && measured > 0) {
                put(values, Metric.REQUESTS, Samples.requests(samples) / measured);
                put(
                        values,
                        Metric.CONNECTIONS,
                        Samples.seconds(samples, Sample::inFlight) / measured);
                cpu(values);
                memory(values);
                latency(values);
            }
            return new Load(ready.size(), seen, complete(values), values);
        }

        private void put(Map<Metric, Value> values, Metric metric, double total) {
            values.put(metric, new Value(total / ready.size(), ready.size()));
        }

        /** Returns how much of the window was measured. A new leader has not seen all of it. */
        private Duration seen(Collection<Sample> read) {
            return shorter(window, measured(read));
        }

        /**
         * Returns the time that these samples cover together. It is up to one reading longer than
         * the window, since the first sample began before the window did. A sum over the samples
         * must be divided by this time. Otherwise three readings of one second each would count as
         * the load of a window of two seconds.
         */
        private static Duration measured(Collection<Sample> read) {
            var first = read.stream().map(Sample::began).min(Comparator.naturalOrder());
            var last = read.stream().map(Sample::at).max(Comparator.naturalOrder());
            return first.isPresent() && last.isPresent()
                    ? Duration.between(first.get(), last.get())
                    : Duration.ZERO;
        }

        private void cpu(Map<Metric, Value> values) {
            var warm = ready.stream().filter(this::warm).toList();
            var byId = samples.stream().collect(groupingBy(Sample::instanceId));
            var known =
                    warm.stream()
                            .flatMap(it ->
                                    byId.getOrDefault(it.id(), List.of()).stream()
                                            .filter(sample ->
                                                    !sample.began().isBefore(warmSince(it))))
                            .filter(sample -> sample.cpuPercent() != null)
                            .toList();
            var measured = seconds(measured(known));
            if (measured > 0) {
                var total =
                        Samples.seconds(
                                        known,
                                        sample -> Objects.requireNonNull(sample.cpuPercent()))
                                / measured;
                values.put(Metric.CPU, new Value(total / warm.size(), warm.size()));
            }
        }

        private boolean warm(Instance instance) {
            return warmSince(instance).isBefore(now);
        }

        private static Instant warmSince(Instance instance) {
            return Objects.requireNonNull(instance.readySince()).plus(WARM_UP);
        }

        private void memory(Map<Metric, Value> values) {
            var mean =
                    Samples.mean(
                            samples.stream().filter(this::ofReady).toList(), Sample::memoryPercent);
            if (mean != null) {
                values.put(Metric.MEMORY, new Value(mean, ready.size()));
            }
        }

        private boolean ofReady(Sample sample) {
            return ready.stream().anyMatch(instance -> instance.id() == sample.instanceId());
        }

        /**
         * Adds the latency. It is zero if there are no requests, and unknown while requests are in
         * flight and none is answered.
         */
        private void latency(Map<Metric, Value> values) {
            var p95 = Latencies.milliseconds(Latencies.merged(samples), 0.95);
            if (p95 != null) {
                values.put(Metric.LATENCY, new Value(p95, ready.size()));
            } else if (samples.stream().allMatch(sample -> sample.inFlight() == 0)) {
                values.put(Metric.LATENCY, new Value(0, ready.size()));
            }
        }

        private boolean complete(Map<Metric, Value> values) {
            var read = samples.stream().collect(groupingBy(Sample::instanceId));
            return !values.isEmpty()
                    && ready.stream()
                            .allMatch(it -> complete(it, read.getOrDefault(it.id(), List.of())));
        }

        private boolean complete(Instance instance, List<Sample> read) {
            var readyFor = Duration.between(Objects.requireNonNull(instance.readySince()), now);
            var covered = read.stream().map(Sample::span).reduce(Duration.ZERO, Duration::plus);
            return covered.plus(TOLERATED_GAP).compareTo(shorter(window, readyFor)) >= 0;
        }

        private static Duration shorter(Duration one, Duration other) {
            return one.compareTo(other) < 0 ? one : other;
        }

        private static double seconds(Duration duration) {
            return duration.toNanos() / 1e9;
        }
    }
}
