package io.autoserve.health;

import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import java.time.Duration;

/**
 * An instance to watch. It is not checked until it has an address.
 *
 * @param startLimit how long an instance without a startup check may take until its other checks
 *     succeed for the first time
 */
public record Target(Instance instance, HealthChecks checks, Duration startLimit) {

    /**
     * Returns the target for an instance of an app. A check over HTTP asks for the app's first
     * domain, because many web frameworks refuse requests for other hosts. Wildcards do not count.
     * Without a domain, it asks for the instance's address.
     */
    public static Target of(Instance instance, AppSpec spec) {
        var checks =
                spec.routing().domains().stream()
                        .filter(domain -> !domain.startsWith("*."))
                        .findFirst()
                        .map(spec.checks()::addressedTo)
                        .orElse(spec.checks());
        return new Target(instance, checks, spec.rollout().progressDeadline());
    }
}
