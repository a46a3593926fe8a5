package io.autoserve.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.health.CommandProbe;
import io.autoserve.health.HealthChecker;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.plan.InstanceHealth;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import io.vertx.core.Vertx;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Tests what the loop learns from the health checker. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 3, timeUnit = TimeUnit.MINUTES)
class ChecksTest {
    private static final HealthCheck HOURLY =
            new HealthCheck(
                    new Probe.Command(List.of("check")),
                    Duration.ZERO,
                    Duration.ofHours(1),
                    Duration.ofSeconds(5),
                    3,
                    1);

    private volatile int exitCode = 1;

    @Test
    void an_instance_that_may_still_be_starting_has_no_result(Vertx vertx) {
        var checker =
                new HealthChecker(
                        InstantSource.system(),
                        new Random(1),
                        (_, _, _, _) -> new CommandProbe.Result(exitCode, ""),
                        _ -> {});
        vertx.deployVerticle(checker).await();
        var checks = new HealthChecks(checker);
        var spec =
                SpecDraft.of("web").checks(new AppSpec.HealthChecks(null, HOURLY, HOURLY)).spec();
        var app = Fixtures.app(spec, 1);
        var instance = Fixtures.running(app, 0);
        checks.watch(Map.of(instance, spec));

        Eventually.await("a verdict", () -> checker.verdict(instance), Optional::isPresent);
        assertThat(checks.instanceHealth(instance)).isEmpty();

        exitCode = 0;
        var ready =
                Eventually.await(
                        "a result", () -> checks.instanceHealth(instance), Optional::isPresent);
        assertThat(ready).contains(new InstanceHealth(true, true, "readiness check passed"));
    }
}
