package io.autoserve;

import static java.util.stream.Collectors.toMap;

import io.autoserve.apps.Checks;
import io.autoserve.health.HealthChecker;
import io.autoserve.health.Target;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.plan.Vitals;
import java.util.Map;

/** Connects the loop to the health checker. */
record LiveChecks(HealthChecker checker) implements Checks {

    @Override
    public void watch(Map<Instance, App> instances) {
        checker.watch(
                instances.entrySet().stream()
                        .map(entry -> new Target(entry.getKey(), entry.getValue().spec().checks()))
                        .toList());
    }

    @Override
    public Map<Long, Vitals> vitals() {
        return checker.verdicts().entrySet().stream()
                .collect(
                        toMap(
                                Map.Entry::getKey,
                                entry ->
                                        new Vitals(
                                                entry.getValue().ready(),
                                                entry.getValue().alive(),
                                                entry.getValue().reason())));
    }
}
