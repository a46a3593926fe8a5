package io.autoserve.scaling;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of an app when the scaler decides about it.
 *
 * @param replicas the desired number of instances, never the existing number. While a rollout
 *     surges, more instances than desired exist. Multiplying the existing number is the bug
 *     kubernetes/kubernetes#72775.
 * @param rolling whether a rollout is under way
 * @param heldUntil time until which a number that an operator set is kept; null if no operator has
 *     set one
 */
record ScalingState(int replicas, boolean rolling, @Nullable Instant heldUntil) {}
