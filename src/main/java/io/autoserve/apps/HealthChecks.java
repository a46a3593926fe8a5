package io.autoserve.apps;

import io.autoserve.health.HealthChecker;
import io.autoserve.health.Target;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.plan.InstanceHealth;
import java.util.Map;
import java.util.Optional;

/** Connects the loop to the health checker. */
public record HealthChecks(HealthChecker checker) implements Checks {

    @Override
    public void watch(Map<Instance, App> instances) {
        checker.watch(
                instances.entrySet().stream()
                        .map(entry -> new Target(entry.getKey(), entry.getValue().spec().checks()))
                        .toList());
    }

    @Override
    public Optional<InstanceHealth> instanceHealth(Instance instance) {
        return checker.verdict(instance)
                .map(it -> new InstanceHealth(it.ready(), it.alive(), it.reason(), it.steady()));
    }
}
