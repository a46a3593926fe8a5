package io.autoserve.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.events.View;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** Tests what Micrometer would warn about: a gauge that each connection registers again. */
class SharedClientMetricsTest {
    private static final SocketAddress ADDRESS = SocketAddress.inetSocketAddress(5432, "primary");

    @Test
    void all_connections_to_a_database_share_one_object_and_databases_do_not() {
        var metrics = new Metrics("controller-1", new View(), InstantSource.system());
        var vertx =
                metrics.vertx()
                        .metrics(new VertxOptions().setMetricsOptions(metrics.vertxOptions()));
        try {
            var first = vertx.createClientMetrics(ADDRESS, "sql", "primary:5432");
            assertThat(vertx.createClientMetrics(ADDRESS, "sql", "primary:5432")).isSameAs(first);
            assertThat(vertx.createClientMetrics(ADDRESS, "sql", "replica:5432"))
                    .isNotSameAs(first);

            assertThat(metrics.scrape())
                    .contains("vertx_sql_processing_pending{client_namespace=\"primary:5432\"}")
                    .contains("vertx_sql_processing_pending{client_namespace=\"replica:5432\"}");
        } finally {
            vertx.close();
        }
    }
}
