package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetSocket;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Counts the connections that all loops of one controller open to a database that does not serve
 * them. Each loop tries again as soon as it has failed.
 */
class ConnectAttemptsTest {
    private static final int SECONDS = 6;
    private static final int CONNECTIONS = 16;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger attempts = new AtomicInteger();
    private volatile boolean over;

    @AfterEach
    void end() {
        over = true;
        await(vertx.close());
    }

    @Test
    void a_database_that_never_answers_is_asked_again_only_after_the_deadline() {
        runAllLoops(_ -> {});

        // The deadlines are 2 s and 4 s.
        assertThat(attempts.get()).isBetween(1, 3);
    }

    @Test
    void a_database_that_refuses_is_asked_less_and_less_often() {
        runAllLoops(NetSocket::close);

        assertThat(attempts.get()).isBetween(2, 10);
    }

    @Test
    void an_election_waits_for_the_attempt_that_is_in_progress() {
        var databases = at(listening(_ -> {}));

        for (var call = 0; call < 3; call++) {
            await(databases.connectForLease(Map.of()).transform(_ -> Future.succeededFuture()));
        }

        // The first attempt ends with the first call. The second one has 4 s, two calls long.
        assertThat(attempts.get()).isLessThanOrEqualTo(2);
    }

    private void runAllLoops(Handler<NetSocket> server) {
        var databases = at(listening(server));
        var pool = databases.pool(CONNECTIONS);
        for (var loop = 0; loop < CONNECTIONS; loop++) {
            repeat(() -> pool.query("select 1").execute());
        }
        repeat(() -> databases.connect(Map.of()));
        await(vertx.timer(SECONDS, TimeUnit.SECONDS));
    }

    private int listening(Handler<NetSocket> server) {
        var started =
                vertx.createNetServer()
                        .connectHandler(socket -> {
                            attempts.incrementAndGet();
                            server.handle(socket);
                        })
                        .listen(0, "127.0.0.1");
        return await(started).actualPort();
    }

    private Databases at(int port) {
        return new Databases(vertx, "127.0.0.1:" + port, "autoserve", "postgres", "");
    }

    private void repeat(Supplier<Future<?>> work) {
        work.get()
                .onComplete(_ -> {
                    if (!over) {
                        vertx.runOnContext(_ -> repeat(work));
                    }
                });
    }
}
