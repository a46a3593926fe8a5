package io.autoserve.scaling;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The state of an app when the scaler decides about it.
 *
 * @param replicas the desired number of instances, never the existing number. While a rollout
 *     surges, more instances than desired exist. Multiplying the existing number is the bug
 *     kubernetes/kubernetes#72775.
 * @param rolling whether a rollout is under way
 * @param heldUntil time until which the scaler keeps the number that an operator has set; null if
 *     no operator has set a number
 * @param demand null if the app never sleeps, or if nginx could not be read
 * @param measured the numbers of other systems, by the name of the metric
 */
record ScalingState(
        int replicas,
        boolean rolling,
        @Nullable Instant heldUntil,
        @Nullable Demand demand,
        Map<String, Measured> measured) {

    /** Creates the state of an app that never sleeps and has no metrics of its own. */
    ScalingState(int replicas, boolean rolling, @Nullable Instant heldUntil) {
        this(replicas, rolling, heldUntil, null, Map.of());
    }

    /** Creates the state of an app without metrics of its own. */
    ScalingState(
            int replicas, boolean rolling, @Nullable Instant heldUntil, @Nullable Demand demand) {
        this(replicas, rolling, heldUntil, demand, Map.of());
    }
}
