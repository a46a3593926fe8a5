package io.autoserve.health;

import static io.autoserve.health.Targets.flat;
import static io.autoserve.health.Targets.fresh;
import static io.autoserve.health.Targets.http;
import static io.autoserve.health.Targets.seconds;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.testing.Eventually;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests the whole checker on a real event loop, with checks of a real HTTP server. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 3, timeUnit = TimeUnit.MINUTES)
class HealthCheckerTest {
    /** A checker that still runs makes several checks in this time. */
    private static final Duration SEVERAL_CHECKS = Duration.ofSeconds(3);

    private final AtomicInteger requests = new AtomicInteger();
    private volatile int status = 200;

    @Test
    void cannot_be_used_before_it_is_deployed() {
        var checker = checker(_ -> {});

        assertThatThrownBy(() -> checker.watch(List.of())).hasMessageContaining("deploy");
        var instance = fresh(7, flat(often(1))).instance();
        assertThatThrownBy(() -> checker.verdict(instance)).hasMessageContaining("deploy");
    }

    @Test
    void tells_when_an_instance_becomes_ready_and_when_it_fails(Vertx vertx)
            throws InterruptedException {
        var told = new LinkedBlockingQueue<Verdict>();
        var checker = checker(told::add);
        status = 503;
        var port = serve(vertx);
        vertx.deployVerticle(checker).await();

        var watched = fresh(7, flat(often(port)));
        checker.watch(List.of(watched));
        status = 200;
        var ready = told.poll(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(ready).isEqualTo(new Verdict(7, true, true, true, "readiness check passed"));
        assertThat(checker.verdict(watched.instance())).contains(ready);

        status = 500;
        var failing = told.poll(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(failing).isNotNull();
        assertThat(failing.ready()).isFalse();
        assertThat(failing.alive()).isFalse();
        assertThat(failing.reason()).startsWith("liveness check failed 2 times in a row: ");
    }

    @Test
    void counts_the_checks_that_say_nothing_about_the_instance(Vertx vertx) {
        var never = new CountDownLatch(1);
        var checker =
                new HealthChecker(
                        InstantSource.system(),
                        new Random(1),
                        (_, _, _, _) -> {
                            awaited(never);
                            return new CommandProbe.Result(0, "");
                        },
                        _ -> {});
        vertx.deployVerticle(checker).await();
        var command = new Probe.Command(List.of("check"));
        var watched =
                fresh(
                        7,
                        flat(
                                new HealthCheck(
                                        command, Duration.ZERO, seconds(1), seconds(1), 2, 1)));
        checker.watch(List.of(watched));

        Eventually.await("several checks are not judged", checker::unjudged, count -> count > 3);

        assertThat(checker.verdict(watched.instance()))
                .hasValueSatisfying(verdict -> assertThat(verdict.alive()).isTrue());
        never.countDown();
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void verdicts_are_told_on_the_event_loop_of_the_verticle(Vertx vertx, VertxTestContext test) {
        var checker =
                checker(_ -> {
                    var context = requireNonNull(Vertx.currentContext());
                    test.verify(() -> {
                        assertThat(Context.isOnEventLoopThread()).isTrue();
                        assertThat(vertx.deploymentIDs()).containsExactly(context.deploymentID());
                    });
                    test.completeNow();
                });
        var port = serve(vertx);
        vertx.deployVerticle(checker)
                .onComplete(
                        test.succeeding(_ -> checker.watch(List.of(fresh(7, flat(often(port)))))));
    }

    @Test
    void undeployment_ends_all_checks(Vertx vertx, VertxTestContext test) {
        var ready = Promise.<Verdict>promise();
        var checker = checker(ready::tryComplete);
        var port = serve(vertx);
        var deployment = vertx.deployVerticle(checker).await();
        checker.watch(List.of(fresh(7, flat(often(port)))));
        ready.future()
                .compose(_ -> vertx.undeploy(deployment))
                .compose(_ -> laterRequests(vertx))
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isLessThanOrEqualTo(1);
                                    test.completeNow();
                                })));
    }

    /**
     * Returns how many requests arrive in the next {@link #SEVERAL_CHECKS}. One may arrive even
     * after the checker has ended, because a check may still be in progress.
     */
    private Future<Integer> laterRequests(Vertx vertx) {
        var before = requests.get();
        return vertx.timer(SEVERAL_CHECKS.toMillis(), TimeUnit.MILLISECONDS)
                .map(_ -> requests.get() - before);
    }

    private int serve(Vertx vertx) {
        return vertx.createHttpServer()
                .requestHandler(request -> {
                    requests.incrementAndGet();
                    request.response().setStatusCode(status).end();
                })
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    private static HealthChecker checker(Consumer<Verdict> told) {
        return new HealthChecker(
                InstantSource.system(),
                new Random(1),
                (_, _, _, _) -> new CommandProbe.Result(0, ""),
                told);
    }

    private static HealthCheck often(int port) {
        return new HealthCheck(http("/", port), Duration.ZERO, seconds(1), seconds(1), 2, 1);
    }
}
