package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds instances and checks for tests. */
final class Targets {
    private Targets() {}

    static final Instant BIRTH = Instant.parse("2026-01-01T00:00:00Z");
    static final Duration START_LIMIT = Duration.ofMinutes(10);

    /**
     * Returns a check that runs once a second. Three failures make it fail, and one success makes
     * it pass.
     */
    static HealthCheck check(String path) {
        return check(path, 1, 1, 3, 1, 0);
    }

    static HealthCheck check(
            String path,
            double period,
            double timeout,
            int failureThreshold,
            int successThreshold,
            double initialDelay) {
        return new HealthCheck(
                http(path, 8080),
                seconds(initialDelay),
                seconds(period),
                seconds(timeout),
                failureThreshold,
                successThreshold);
    }

    static Probe.Http http(String path, int port) {
        return new Probe.Http(path, port, "GET", Map.of(), null, List.of());
    }

    /**
     * Returns the checks of a spec that defines only one check. Readiness and liveness both use
     * that check.
     */
    static HealthChecks flat(HealthCheck check) {
        return new HealthChecks(null, check, check);
    }

    static Target fresh(long id, HealthChecks checks) {
        return target(id, checks, Instance.Health.UNKNOWN, "127.0.0.1");
    }

    static Target adopted(long id, HealthChecks checks) {
        return target(id, checks, Instance.Health.READY, "127.0.0.1");
    }

    static Target target(
            long id, HealthChecks checks, Instance.Health health, @Nullable String address) {
        return new Target(
                new Instance(
                        id,
                        1,
                        "shop",
                        (int) id,
                        address == null ? Instance.State.STARTING : Instance.State.RUNNING,
                        1,
                        1,
                        0,
                        "container-" + id,
                        address,
                        8080,
                        health,
                        BIRTH,
                        BIRTH,
                        health == Instance.Health.READY ? BIRTH : null,
                        0,
                        0,
                        null,
                        null,
                        "started"),
                checks,
                START_LIMIT);
    }

    static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1_000_000_000));
    }
}
