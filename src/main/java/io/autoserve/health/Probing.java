package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Instance;
import io.vertx.core.Future;
import java.time.Duration;

/** Runs a single probe of an instance. */
@FunctionalInterface
interface Probing {

    /**
     * Never fails. An error is an outcome too, and the outcome arrives within {@code patience}.
     *
     * @param instance has an address
     */
    Future<ProbeResult> ask(Instance instance, Probe probe, Duration patience);
}
