package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;

/** An instance to be watched. Without an address it is not asked yet. */
public record Target(Instance instance, HealthChecks checks) {}
