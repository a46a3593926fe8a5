package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the autoscaler chose for an app. It carries everything that the choice was based on, so that
 * it can be explained later.
 *
 * @param from desired number of instances before the decision
 * @param to desired number of instances after the decision; equal to {@code from} if nothing should
 *     change
 * @param wanted number of instances that the load alone requires, before any limit applies
 * @param caps the limits because of which {@code to} differs from {@code wanted}, in the order in
 *     which they applied
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

    /** Returns whether an app wakes. This is no answer to the load, so it begins no cooldown. */
    public boolean wakes() {
        return outcome == Outcome.OUT && from == 0;
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
     * @param replicas number of instances that the metric requires; null if the value is unknown
     * @param name name of a {@link Metric#CUSTOM} metric; null for the others
     */
    public record Proposal(
            Metric metric,
            @Nullable Double value,
            double target,
            @Nullable Double percent,
            @Nullable Integer replicas,
            @Nullable String name) {

        /** Creates the proposal of a metric that AutoServe itself measures. */
        public Proposal(
                Metric metric,
                @Nullable Double value,
                double target,
                @Nullable Double percent,
                @Nullable Integer replicas) {
            this(metric, value, target, percent, replicas, null);
        }

        /** Returns the words for the metric, such as {@code requests/s per instance}. */
        public String unit() {
            return name == null ? metric.unit() : name + " " + metric.unit();
        }
    }

    /**
     * @param ready number of instances that get requests
     * @param seen how long the load has been measured. Shortly after the autoscaler starts, this is
     *     less than {@code window}
     * @param complete whether every ready instance was measured for the whole window
     * @param rolling whether a rollout is under way
     * @param panicUntil time until which the autoscaler also measures over its short window,
     *     because the load rose suddenly; null if it did not
     * @param heldUntil time until which the autoscaler keeps the number that an operator set; null
     *     if there is no such number
     * @param scaledOutAt time of the last increase; null if there was none
     * @param scaledInAt time of the last decrease; null if there was none
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
