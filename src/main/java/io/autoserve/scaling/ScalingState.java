package io.autoserve.scaling;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of an app when the scaler decides about it.
 *
 * @param replicas the desired number of instances, never the existing number. While a rollout
 *     surges there are more, and multiplying those is the bug of kubernetes/kubernetes#72775.
 * @param rolling whether a rollout is under way
 * @param heldUntil until when a number set by an operator is kept; null: no operator set one
 */
record ScalingState(int replicas, boolean rolling, @Nullable Instant heldUntil) {}
