package io.autoserve.health;

import static io.autoserve.health.Targets.flat;
import static io.autoserve.health.Targets.fresh;
import static io.autoserve.health.Targets.http;
import static io.autoserve.health.Targets.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.testing.Eventually;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the whole checker, on a real event loop and against a real server. */
class HealthCheckerTest {

    private final Vertx vertx = Vertx.vertx();
    private final LinkedBlockingQueue<Verdict> told = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void tellsWhenAnInstanceBecomesReadyAndWhenItFails() throws InterruptedException {
        var status = new AtomicInteger(503);
        var server =
                vertx.createHttpServer()
                        .requestHandler(
                                request -> request.response().setStatusCode(status.get()).end())
                        .listen(0, "127.0.0.1")
                        .await();
        var checker =
                new HealthChecker(
                        InstantSource.system(),
                        new Random(1),
                        (_, _, _) -> new CommandProbe.Result(0, ""),
                        told::add);
        vertx.deployVerticle(checker).await();

        var watched = fresh(7, flat(often(server.actualPort())));
        checker.watch(List.of(watched));
        status.set(200);
        var ready = told.poll(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(ready).isEqualTo(new Verdict(7, true, true, true, "readiness check passed"));
        assertThat(checker.verdict(watched.instance())).contains(ready);

        status.set(500);
        var failing = told.poll(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(failing).isNotNull();
        assertThat(failing.ready()).isFalse();
        assertThat(failing.alive()).isFalse();
        assertThat(failing.reason()).startsWith("liveness check failed 2 times in a row: ");
    }

    private static HealthCheck often(int port) {
        return new HealthCheck(http("/", port), Duration.ZERO, seconds(1), seconds(1), 2, 1);
    }
}
