package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a user registered and what they want of it now.
 *
 * @param id never used twice, unlike the name: what is known of a deleted app does not pass to its
 *     namesake
 * @param revision number of {@code spec}, from 1
 * @param template the revision that containers are made by; instances of another are replaced,
 *     while a change of scaling, routing or checks alone replaces nothing. Less than {@code
 *     revision} also after a return to what was before
 * @param intent whether it should run at all
 * @param replicas instances wanted while it runs
 * @param restart raised by each restart; an instance with a lower number is replaced as one of an
 *     old revision is
 * @param rollout from what served before to {@code template}; null where none is under way
 */
public record App(
        long id,
        String name,
        int revision,
        int template,
        AppSpec spec,
        Intent intent,
        int replicas,
        int restart,
        @Nullable Rollout rollout,
        Instant createdAt,
        Instant updatedAt) {

    public static final int MAX_REPLICAS = 1000;

    public App {
        Require.that(
                replicas >= 0 && replicas <= MAX_REPLICAS,
                "replicas must be 0 to %d, was %d",
                MAX_REPLICAS,
                replicas);
        Require.that(
                1 <= template && template <= revision,
                "template must be 1 to %d, was %d",
                revision,
                template);
    }

    public enum Intent {
        RUN,
        STOP,
        DELETE
    }

    /**
     * A new revision that takes over from one that is known to serve.
     *
     * @param from revision that serves until this one does, and again if this one fails
     * @param step canary: how many steps were taken, all of them when it is promoted; blue/green: 1
     *     once the traffic has moved
     * @param reason for where it stands, for operators
     */
    public record Rollout(
            int from,
            int step,
            boolean paused,
            Instant startedAt,
            Instant steppedAt,
            String reason) {

        static Rollout begin(int from, Instant now) {
            return new Rollout(from, 0, false, now, now, "begun");
        }

        public Rollout step(int step, String reason, Instant now) {
            return new Rollout(from, step, paused, startedAt, now, reason);
        }

        public Rollout paused(boolean paused, String reason, Instant now) {
            return new Rollout(from, step, paused, startedAt, now, reason);
        }
    }

    /** Instances wanted now. */
    public int wanted() {
        return intent == Intent.RUN ? replicas : 0;
    }

    /** This app as it was, or will be, at another revision. */
    public App at(int revision, int template, AppSpec spec) {
        return copy(revision, template, spec, intent, replicas, restart, rollout, updatedAt);
    }

    /**
     * With the next revision. One whose containers are like those that run replaces nothing; one
     * whose containers are like those of {@code before} returns to it; any other begins a rollout.
     *
     * @param before as it was at {@code rollout.from}; null where no rollout is under way
     */
    public App revised(AppSpec next, int replicas, @Nullable App before, Instant now) {
        var number = revision + 1;
        if (spec.sameContainers(next)) {
            return copy(number, template, next, intent, replicas, restart, rollout, now);
        }
        if (before != null && before.spec.sameContainers(next)) {
            return copy(number, before.template, next, intent, replicas, restart, null, now);
        }
        return returned(next, number, replicas, now);
    }

    /**
     * As {@link #revised}, by the containers of an earlier revision or of {@code number} itself.
     */
    public App returned(AppSpec next, int template, int replicas, Instant now) {
        var serving = rollout == null ? revision : rollout.from;
        var rolls = intent == Intent.RUN && this.replicas > 0 && template != this.template;
        return copy(
                revision + 1,
                template,
                next,
                intent,
                replicas,
                restart,
                rolls ? Rollout.begin(serving, now) : null,
                now);
    }

    /** What is not running needs no rollout: it starts as its present revision. */
    public App wanting(Intent intent, int replicas, int restart, Instant now) {
        var rolls = intent == Intent.RUN && replicas > 0;
        return copy(
                revision, template, spec, intent, replicas, restart, rolls ? rollout : null, now);
    }

    public App rolling(@Nullable Rollout rollout, Instant now) {
        return copy(revision, template, spec, intent, replicas, restart, rollout, now);
    }

    private App copy(
            int revision,
            int template,
            AppSpec spec,
            Intent intent,
            int replicas,
            int restart,
            @Nullable Rollout rollout,
            Instant updatedAt) {
        return new App(
                id, name, revision, template, spec, intent, replicas, restart, rollout, createdAt,
                updatedAt);
    }
}
