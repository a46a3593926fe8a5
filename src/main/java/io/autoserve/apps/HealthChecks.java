package io.autoserve.apps;

import static java.util.stream.Collectors.toMap;

import io.autoserve.health.HealthChecker;
import io.autoserve.health.Target;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.plan.InstanceHealth;
import java.util.Map;

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
    public Map<Long, InstanceHealth> instanceHealth() {
        return checker.verdicts().entrySet().stream()
                .collect(
                        toMap(
                                Map.Entry::getKey,
                                entry ->
                                        new InstanceHealth(
                                                entry.getValue().ready(),
                                                entry.getValue().alive(),
                                                entry.getValue().reason())));
    }
}
