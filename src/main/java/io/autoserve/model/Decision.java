package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the autoscaler chose for an app. It carries everything that the choice was based on, so that
 * it can be explained later.
 *
 * @param from desired instances before
 * @param to desired instances afterwards; equal to {@code from} if nothing should change
 * @param wanted instances that the load alone asks for, before any limit
 * @param caps the limits that kept the autoscaler from {@code wanted}, in the order in which they
 *     applied
 * @param reason one sentence for operators
 */
public record Decision(
        Instant at,
        Outcome outcome,
        int from,
        int to,
        int wanted,
        String reason,
        List<Proposal> proposals,
        List<String> caps,
        Inputs inputs) {

    public Decision {
        Require.that(
                (outcome == Outcome.HOLD) == (from == to),
                "%s cannot be from %d to %d",
                outcome,
                from,
                to);
        proposals = List.copyOf(proposals);
        caps = List.copyOf(caps);
    }

    public enum Outcome {
        OUT,
        IN,
        HOLD
    }

    /**
     * The number of instances that one metric asks for.
     *
     * @param value average per instance; null if unknown
     * @param percent {@code value} in percent of {@code target}
     * @param replicas instances that the metric asks for; null if the value is unknown
     */
    public record Proposal(
            Metric metric,
            @Nullable Double value,
            double target,
            @Nullable Double percent,
            @Nullable Integer replicas) {}

    /**
     * @param ready instances that get requests
     * @param seen how long the load has been measured. Shortly after the autoscaler starts, this is
     *     less than {@code window}
     * @param complete whether every ready instance was measured for the whole window
     * @param rolling whether a rollout is under way
     * @param panicUntil until when the short window is used because of a sudden load; null if it is
     *     not
     * @param heldUntil until when a manual scaling holds; null if none does
     * @param scaledOutAt null if never
     * @param scaledInAt null if never
     */
    public record Inputs(
            int ready,
            Duration seen,
            Duration window,
            boolean complete,
            boolean rolling,
            boolean dryRun,
            @Nullable Instant panicUntil,
            @Nullable Instant heldUntil,
            @Nullable Instant scaledOutAt,
            @Nullable Instant scaledInAt) {}
}
