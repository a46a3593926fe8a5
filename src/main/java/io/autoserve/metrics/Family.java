package io.autoserve.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/** One metric while it is collected: a name, what it means, and a value for each set of labels. */
sealed interface Family {
    /**
     * @param labels names and values in turns
     */
    void add(double value, String... labels);

    MetricSnapshot snapshot();

    static Family gauge(String name, String help) {
        return new OfGauges(GaugeSnapshot.builder().name(name).help(help));
    }

    /**
     * @param name without {@code _total}, which Prometheus's text adds
     */
    static Family counter(String name, String help) {
        return new OfCounters(CounterSnapshot.builder().name(name).help(help));
    }

    record OfGauges(GaugeSnapshot.Builder builder) implements Family {
        @Override
        public void add(double value, String... labels) {
            builder.dataPoint(
                    GaugeDataPointSnapshot.builder()
                            .labels(Labels.of(labels))
                            .value(value)
                            .build());
        }

        @Override
        public MetricSnapshot snapshot() {
            return builder.build();
        }
    }

    record OfCounters(CounterSnapshot.Builder builder) implements Family {
        @Override
        public void add(double value, String... labels) {
            builder.dataPoint(
                    CounterDataPointSnapshot.builder()
                            .labels(Labels.of(labels))
                            .value(value)
                            .build());
        }

        @Override
        public MetricSnapshot snapshot() {
            return builder.build();
        }
    }
}
