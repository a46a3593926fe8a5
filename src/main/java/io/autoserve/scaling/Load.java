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
 * What an app's instances had to do lately.
 *
 * @param ready instances that get requests
 * @param seen how much of the window was read at all
 * @param complete whether every ready instance was read all the time: only then may its load be
 *     called low
 * @param values by metric, those that are known
 */
record Load(int ready, Duration seen, boolean complete, Map<Metric, Value> values) {
    /**
     * Warming up is no load (kubernetes/kubernetes#29989). The HPA leaves the cpu of young pods out
     * for up to five minutes (--horizontal-pod-autoscaler-cpu-initialization-period); its pods say
     * when they are ready as ours do, so what is left is the first requests' work.
     */
    static final Duration WARM_UP = Duration.ofSeconds(10);

    /** Readings come every second, give or take. */
    private static final Duration TOLERATED_GAP = Duration.ofSeconds(3);

    /**
     * @param each what an instance had, on average
     * @param instances that it is the average of: {@code each × instances} is what there is to
     *     share
     */
    record Value(double each, int instances) {}

    Load {
        values = Map.copyOf(values);
    }

    @Nullable Value value(Metric metric) {
        return values.get(metric);
    }

    /**
     * @param samples of the app, the last of them not after {@code now}
     * @param instances of the app: those that are not ready, or on their way out, do not count, but
     *     what they still answer is load
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
            if (!ready.isEmpty() && seen.isPositive()) {
                put(values, Metric.REQUESTS, Samples.requests(samples) / seconds(seen));
                put(
                        values,
                        Metric.CONNECTIONS,
                        Samples.seconds(samples, Sample::inFlight) / seconds(seen));
                cpu(values);
                memory(values);
                latency(values);
            }
            return new Load(ready.size(), seen, complete(values), values);
        }

        private void put(Map<Metric, Value> values, Metric metric, double total) {
            values.put(metric, new Value(total / ready.size(), ready.size()));
        }

        /** From the first reading on: a new leader has not seen the whole window. */
        private Duration seen(Collection<Sample> read) {
            return read.stream()
                    .map(Sample::began)
                    .min(Comparator.naturalOrder())
                    .map(first -> shorter(window, Duration.between(first, now)))
                    .orElse(Duration.ZERO);
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
            var seen = seconds(seen(known));
            if (seen > 0) {
                var total =
                        Samples.seconds(
                                        known,
                                        sample -> Objects.requireNonNull(sample.cpuPercent()))
                                / seen;
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

        /** Without requests there is no latency; while none is answered it is not known. */
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
