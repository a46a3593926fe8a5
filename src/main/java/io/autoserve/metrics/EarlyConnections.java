package io.autoserve.metrics;

import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

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

    /** Returns a factory whose metrics ignore connections and requests without a metric. */
    static VertxMetricsFactory ignoredBy(VertxMetricsFactory factory) {
        return new VertxMetricsFactory() {
            @Override
            public VertxMetrics metrics(VertxOptions options) {
                return ignoredBy(factory.metrics(options));
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
        };
    }

    private static VertxMetrics ignoredBy(VertxMetrics metrics) {
        return proxy(
                VertxMetrics.class,
                (_, method, arguments) -> {
                    var made = invoke(metrics, method, arguments);
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
        return proxy(
                HttpServerMetrics.class,
                (_, method, arguments) ->
                        arguments != null && arguments.length > 0 && arguments[0] == null
                                ? null
                                : invoke(server, method, arguments));
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static @Nullable Object invoke(
            Object target, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException failure) {
            throw failure.getCause();
        }
    }
}
