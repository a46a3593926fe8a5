package io.autoserve.plan;

import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;

/** Finds the instances that the proxy should have taken out of its routes long ago. */
public final class Withdrawals {
    /**
     * Time after which a missing confirmation counts as overdue. A proxy that runs confirms new
     * routes within a second.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Withdrawals() {}

    /**
     * Returns whether the instance has been draining or failed for at least ten seconds, and the
     * proxy has not yet confirmed that it sends the instance no requests. Until the proxy confirms
     * this, the instance's container stays.
     */
    public static boolean overdue(Instance instance, Traffic traffic, Instant now) {
        return switch (instance.state()) {
            case DRAINING, FAILED ->
                    !traffic.withdrawn(instance)
                            && !instance.stateSince().plus(PATIENCE).isAfter(now);
            case PENDING, STARTING, RUNNING, STOPPING -> false;
        };
    }
}
