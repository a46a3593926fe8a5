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

    /**
     * Returns the failure with what is likely wrong in the container, or the same failure if that
     * is not known. The returned future never fails. It completes within a few seconds.
     *
     * @param failed a failure of this instance
     */
    default Future<ProbeResult> explained(Instance instance, ProbeResult.Failed failed) {
        return Future.succeededFuture(failed);
    }
}
