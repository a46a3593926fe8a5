package io.autoserve.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.function.Supplier;

/** One metric while it is collected: a name, its meaning, and a value for each set of labels. */
record Family(Points points, Supplier<MetricSnapshot> collected) {
    private interface Points {
        void add(double value, Labels labels);
    }

    static Family gauge(String name, String help) {
        var builder = GaugeSnapshot.builder().name(name).help(help);
        return new Family(
                (value, labels) ->
                        builder.dataPoint(
                                GaugeDataPointSnapshot.builder()
                                        .labels(labels)
                                        .value(value)
                                        .build()),
                builder::build);
    }

    /**
     * @param name name without {@code _total}, which the Prometheus text format adds
     */
    static Family counter(String name, String help) {
        var builder = CounterSnapshot.builder().name(name).help(help);
        return new Family(
                (value, labels) ->
                        builder.dataPoint(
                                CounterDataPointSnapshot.builder()
                                        .labels(labels)
                                        .value(value)
                                        .build()),
                builder::build);
    }

    /**
     * @param labels alternating names and values
     */
    void add(double value, String... labels) {
        points.add(value, Labels.of(labels));
    }

    MetricSnapshot snapshot() {
        return collected.get();
    }
}
