package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Instance;
import io.vertx.core.Future;
import java.time.Duration;

/** Runs a single probe of an instance. */
@FunctionalInterface
public interface Probing {

    /**
     * Runs one probe. The returned future never fails, because an error is an outcome too. It
     * completes within {@code patience}, or later if this process itself is late.
     *
     * @param instance an instance that has an address
     */
    Future<ProbeResult> ask(Instance instance, Probe probe, Duration patience);
}
