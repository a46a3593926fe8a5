package io.autoserve.scaling;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an app stands when it is decided about.
 *
 * @param replicas instances wanted. Never what is there: while a rollout surges there are more, and
 *     multiplying those is the bug of kubernetes/kubernetes#72775
 * @param rolling whether a rollout is under way
 * @param heldUntil until when what an operator scaled to holds; null: nobody did
 */
record Standing(int replicas, boolean rolling, @Nullable Instant heldUntil) {}
