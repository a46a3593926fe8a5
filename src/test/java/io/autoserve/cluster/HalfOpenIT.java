package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.autoserve.testing.Firewall;
import io.autoserve.testing.Postgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests connections whose other end disappeared without notice, so that it acknowledges nothing
 * that is sent.
 */
@Timeout(600)
class HalfOpenIT {
    /**
     * The kernel gives up unacknowledged data after two seconds. A client that only waits for an
     * answer gives up after six seconds.
     */
    private static final Duration AT_LEAST = Duration.ofMillis(1500);

    private static final Duration AT_MOST = Duration.ofMillis(5900);

    @Test
    void what_nobody_acknowledges_is_given_up_before_an_answer_is_overdue() {
        assumeTrue(Firewall.isOurs(), "needs root and iptables");
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        try (var postgres = Postgres.start()) {
            var name = postgres.create().name();
            var host = "127.0.0.1:" + postgres.port();
            var databases = new Databases(vertx, host, name, "postgres", "");
            var session = await(databases.connect(Map.of()));
            var pool = databases.pool(1);
            await(pool.query("select 1").execute());

            try (var _ = Firewall.before(postgres.port())) {
                var asked = System.nanoTime();
                var ofSession = failed(session.connection().query("select 1").execute());
                var ofPool = failed(pool.query("select 1").execute());

                assertThat(since(asked, await(ofSession))).isBetween(AT_LEAST, AT_MOST);
                assertThat(since(asked, await(ofPool))).isBetween(AT_LEAST, AT_MOST);
            }
            await(pool.query("select 1").execute());
        } finally {
            await(vertx.close());
        }
    }

    /** Returns the time at which the query failed. */
    private static Future<Long> failed(Future<?> question) {
        return question.transform(answer ->
                answer.failed()
                        ? Future.succeededFuture(System.nanoTime())
                        : Future.failedFuture("the query was answered"));
    }

    private static Duration since(long begin, long end) {
        return Duration.ofNanos(end - begin);
    }
}
