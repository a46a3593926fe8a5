package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the autoscaler chose for an app, and all that it chose by, so that it can be explained long
 * after.
 *
 * @param from instances wanted before
 * @param to instances wanted after; {@code from} where nothing is to change
 * @param wanted what the load alone asks for, before anything capped it
 * @param caps what kept it from {@code wanted}, in the order in which it did
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
     * What one metric asks for.
     *
     * @param value of an instance, on average; null where it is not known
     * @param percent {@code value} of {@code target}
     * @param replicas that it asks for; null where the value is not known
     */
    public record Proposal(
            Metric metric,
            @Nullable Double value,
            double target,
            @Nullable Double percent,
            @Nullable Integer replicas) {}

    /**
     * @param ready instances that get requests
     * @param seen how long the load has been read; less than {@code window} soon after a start
     * @param complete whether every ready instance was read for the whole window
     * @param rolling whether a rollout is under way
     * @param panicUntil until when sudden load is looked at through the short window; null: it is
     *     not
     * @param heldUntil until when what an operator scaled to holds; null: it does not
     * @param scaledOutAt null: never
     * @param scaledInAt null: never
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
