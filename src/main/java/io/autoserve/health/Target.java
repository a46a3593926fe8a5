package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import java.time.Duration;

/**
 * An instance to watch. It is not checked until it has an address.
 *
 * @param startLimit how long an instance without a startup check may take until its other checks
 *     succeed for the first time
 */
public record Target(Instance instance, HealthChecks checks, Duration startLimit) {}
