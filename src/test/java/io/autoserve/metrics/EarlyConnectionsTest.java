package io.autoserve.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.observability.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests what is counted for a connection that a server accepted before the server had metrics. */
class EarlyConnectionsTest {
    private final List<String> counted = new ArrayList<>();

    @Test
    @SuppressWarnings("unchecked")
    void nothing_is_counted_of_a_connection_without_a_metric_and_everything_of_another() {
        var metrics =
                (HttpServerMetrics<String, String, String>)
                        EarlyConnections.ignoredBy(new Strict());

        assertThat(metrics.requestBegin(null, null)).isNull();
        metrics.requestEnd(null, null, 0);
        metrics.disconnected(null, SocketAddress.inetSocketAddress(1, "127.0.0.1"));
        assertThat(counted).isEmpty();

        assertThat(metrics.requestBegin("socket", null)).isEqualTo("request on socket");
        metrics.requestEnd("request", null, 0);
        assertThat(counted).containsExactly("begin", "end");
    }

    /** Throws an exception if the socket's metric is null, as Micrometer's metrics do. */
    private final class Strict implements HttpServerMetrics<String, String, String> {
        @Override
        public String requestBegin(@Nullable String socket, @Nullable HttpRequest request) {
            counted.add("begin");
            return "request on ".concat(socket);
        }

        @Override
        public void requestEnd(@Nullable String metric, @Nullable HttpRequest request, long bytes) {
            counted.add("end");
        }

        @Override
        public void disconnected(@Nullable String socket, SocketAddress remote) {
            counted.add("disconnected");
        }
    }
}
