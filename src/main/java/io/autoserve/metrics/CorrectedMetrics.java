package io.autoserve.metrics;

import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.metrics.VertxMetrics;

/**
 * Creates Vert.x's metrics without two of their errors (see {@link EarlyConnections} and {@link
 * SharedClientMetrics}).
 *
 * @param factory creates the metrics that have the errors
 */
record CorrectedMetrics(VertxMetricsFactory factory) implements VertxMetricsFactory {
    @Override
    public VertxMetrics metrics(VertxOptions options) {
        return SharedClientMetrics.sharedBy(EarlyConnections.ignoredBy(factory.metrics(options)));
    }

    @Override
    public MetricsOptions newOptions() {
        return factory.newOptions();
    }

    @Override
    public MetricsOptions newOptions(MetricsOptions options) {
        return factory.newOptions(options);
    }

    @Override
    public MetricsOptions newOptions(JsonObject options) {
        return factory.newOptions(options);
    }
}
