package io.autoserve.metrics;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.VertxMetrics;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Lets all connections to one database share one object of metrics.
 *
 * <p>Vert.x 5.0 creates an object for each connection, and each object registers the same gauge
 * again. Micrometer then logs a warning that the gauge exists already. The shared object has no
 * state of its own, and closing it does nothing.
 */
final class SharedClientMetrics {
    private SharedClientMetrics() {}

    /** The labels by which clients differ. The address of the server is not one of them. */
    private record Client(String type, @Nullable String namespace) {}

    /** Returns the same metrics, which create one object for each type and name of a client. */
    static VertxMetrics sharedBy(VertxMetrics metrics) {
        var clients = new ConcurrentHashMap<Client, Object>();
        return Forwarding.proxy(
                VertxMetrics.class,
                (_, method, arguments) ->
                        method.getName().equals("createClientMetrics")
                                ? clients.computeIfAbsent(
                                        new Client((String) arguments[1], (String) arguments[2]),
                                        _ -> created(metrics, arguments))
                                : Forwarding.invoke(metrics, method, arguments));
    }

    private static Object created(VertxMetrics metrics, Object[] arguments) {
        return metrics.createClientMetrics(
                (SocketAddress) arguments[0], (String) arguments[1], (String) arguments[2]);
    }
}
