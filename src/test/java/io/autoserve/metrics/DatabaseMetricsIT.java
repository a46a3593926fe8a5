package io.autoserve.metrics;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cluster.Databases;
import io.autoserve.events.View;
import io.autoserve.testing.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.InstantSource;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DatabaseMetricsIT {
    private static final int CONNECTIONS = 4;

    @Test
    void the_queries_of_all_connections_are_counted_under_the_name_of_their_database() {
        var metrics = new Metrics("controller-1", new View(), InstantSource.system());
        var vertx =
                Vertx.builder()
                        .with(new VertxOptions().setMetricsOptions(metrics.vertxOptions()))
                        .withMetrics(metrics.vertx())
                        .build();
        try (var postgres = Postgres.start()) {
            var name = "127.0.0.1:" + postgres.port();
            var databases = new Databases(vertx, name, postgres.create().name(), "postgres", "");
            var pool = databases.pool(CONNECTIONS);

            var busy =
                    Stream.generate(() -> pool.query("select pg_sleep(0.2)").execute())
                            .limit(CONNECTIONS)
                            .toList();
            await(Future.all(busy));

            assertThat(metrics.scrape())
                    .contains(
                            "vertx_sql_processing_pending{client_namespace=\"%s\"}".formatted(name))
                    .contains("vertx_pool_in_use{pool_name=\"primary\",pool_type=\"sql\"}");
        } finally {
            await(vertx.close());
        }
    }
}
