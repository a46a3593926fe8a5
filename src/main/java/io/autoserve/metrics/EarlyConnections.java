package io.autoserve.metrics;

import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;

/**
 * Makes Vert.x's metrics ignore each connection that a server accepted before the server's metrics
 * existed.
 *
 * <p>Vert.x 5.0 accepts connections a moment before it creates the metrics of the server. Such a
 * connection has no metric, and Micrometer's metrics fail when they are given null for it. The
 * request would get no answer, and its client would wait until the connection's idle timeout.
 */
final class EarlyConnections {
    private EarlyConnections() {}

    /** Returns metrics that ignore connections and requests without a metric. */
    static VertxMetrics ignoredBy(VertxMetrics metrics) {
        return Forwarding.proxy(
                VertxMetrics.class,
                (_, method, arguments) -> {
                    var made = Forwarding.invoke(metrics, method, arguments);
                    return made instanceof HttpServerMetrics<?, ?, ?> server
                            ? ignoredBy(server)
                            : made;
                });
    }

    /**
     * Returns metrics that ignore a call whose first argument is null. The first argument is the
     * metric of the connection or request.
     */
    static HttpServerMetrics<?, ?, ?> ignoredBy(HttpServerMetrics<?, ?, ?> server) {
        return Forwarding.proxy(
                HttpServerMetrics.class,
                (_, method, arguments) ->
                        arguments != null && arguments.length > 0 && arguments[0] == null
                                ? null
                                : Forwarding.invoke(server, method, arguments));
    }
}
