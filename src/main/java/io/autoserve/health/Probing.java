package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Instance;
import io.vertx.core.Future;
import java.time.Duration;

/** Asks an instance once. */
@FunctionalInterface
interface Probing {

    /**
     * Never fails: what goes wrong is an outcome, and comes within {@code patience}.
     *
     * @param instance has an address
     */
    Future<Outcome> ask(Instance instance, Probe probe, Duration patience);
}
