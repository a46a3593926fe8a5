package io.autoserve.apps;

import io.autoserve.health.HealthChecker;
import io.autoserve.health.Target;
import io.autoserve.health.Verdict;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Instance;
import io.autoserve.plan.InstanceHealth;
import java.util.Map;
import java.util.Optional;

/** Connects the loop to the health checker. */
public record HealthChecks(HealthChecker checker) implements Checks {

    @Override
    public void watch(Map<Instance, AppSpec> instances) {
        checker.watch(
                instances.entrySet().stream()
                        .map(entry -> Target.of(entry.getKey(), entry.getValue()))
                        .toList());
    }

    @Override
    public Optional<InstanceHealth> instanceHealth(Instance instance) {
        return checker.verdict(instance)
                .filter(Verdict::settled)
                .map(it -> new InstanceHealth(it.ready(), it.alive(), it.reason(), it.steady()));
    }
}
