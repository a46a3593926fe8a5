package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PooledConnectionsIT {
    @Test
    void only_the_first_connection_searches_the_primary() {
        var vertx = Vertx.vertx();
        var searches = new AtomicInteger();
        try (var postgres = Postgres.start()) {
            var other =
                    await(
                            vertx.createNetServer()
                                    .connectHandler(socket -> count(searches, socket))
                                    .listen(0, "127.0.0.1"));
            var databases =
                    new Databases(
                            vertx,
                            "127.0.0.1:%d,127.0.0.1:%d"
                                    .formatted(postgres.port(), other.actualPort()),
                            postgres.create().name(),
                            "postgres",
                            "");
            var pool = databases.pool(4);
            await(pool.query("select 1").execute());
            assertThat(searches).as("while no primary is known").hasValue(1);

            var session = await(databases.connect(Map.of()));
            var busy =
                    Stream.generate(() -> pool.query("select pg_sleep(0.2)").execute())
                            .limit(4)
                            .toList();
            await(Future.all(busy));
            session.close();
            await(databases.pool(1).query("select 1").execute());
            assertThat(searches).as("while the primary is known").hasValue(1);
        } finally {
            await(vertx.close());
        }
    }

    private static void count(AtomicInteger searches, NetSocket socket) {
        searches.incrementAndGet();
        socket.close();
    }
}
