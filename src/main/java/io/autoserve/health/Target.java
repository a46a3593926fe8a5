package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;

/** An instance to watch. It is not checked until it has an address. */
public record Target(Instance instance, HealthChecks checks) {}
