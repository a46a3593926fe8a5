package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An app as a user registered it, with its present desired state.
 *
 * @param id never used twice, unlike the name. A new app therefore does not inherit the history of
 *     a deleted one of the same name
 * @param revision number of {@code spec}, from 1
 * @param template the revision that the app's containers are created from. Instances of another
 *     template are replaced. A change of only scaling, routing or checks keeps the template. After
 *     such a change or a rollback, the template is lower than {@code revision}
 * @param image the image that the containers of {@code template} are created from: a name with a
 *     digest, or the id of an image that has no digest. Null until the first start of an instance,
 *     which records what the name in the spec means at that time
 * @param intent whether the app should run, stop or be deleted
 * @param replicas desired number of instances while the app runs
 * @param restart counter that each restart of the app raises. An instance with a lower number is
 *     replaced like an instance of an old revision
 * @param rollout the rollout under way, which replaces an earlier revision by {@code template};
 *     null if there is none
 */
public record App(
        long id,
        String name,
        int revision,
        int template,
        AppSpec spec,
        @Nullable String image,
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
     * The replacement of the serving revision by a new revision.
     *
     * @param from the old revision. It serves until the new revision serves, and again if the new
     *     revision fails
     * @param step for a canary, the number of steps taken; once the canary is promoted, the number
     *     of all steps. For blue/green, 1 once the traffic has moved
     * @param reason the reason for the rollout's present state, shown to operators
     */
    public record Rollout(
            int from,
            int step,
            boolean paused,
            Instant startedAt,
            Instant steppedAt,
            String reason) {
        public Rollout {
            reason = PlainText.of(reason);
        }

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

    /** Returns how many instances are desired now. */
    public int wanted() {
        return intent == Intent.RUN ? replicas : 0;
    }

    /** Returns this app as it was, or will be, at another revision. */
    public App at(int revision, int template, AppSpec spec, @Nullable String image) {
        return copy(revision, template, spec, image, intent, replicas, restart, rollout, updatedAt);
    }

    /**
     * Returns this app with its next revision. If the next revision has the same template as the
     * present one, no container is replaced, and a rollout under way continues. That rollout begins
     * again at its first step if its strategy or its steps changed. If the next revision has the
     * same template as {@code before}, the app returns to that template without a rollout.
     * Otherwise a new rollout begins.
     *
     * @param before the app at {@code rollout.from}; null if no rollout is under way
     */
    public App revised(AppSpec next, int replicas, @Nullable App before, Instant now) {
        var number = revision + 1;
        if (spec.template().equals(next.template())) {
            return copy(
                    number,
                    template,
                    next,
                    image,
                    intent,
                    replicas,
                    restart,
                    continued(next, now),
                    now);
        }
        if (before != null && before.spec.template().equals(next.template())) {
            return backTo(before, next, replicas, now);
        }
        return returned(next, number, null, replicas, now);
    }

    /**
     * Returns this app with its next revision, which ends the rollout under way and has the
     * containers of {@code before} again.
     *
     * @param before the app at {@code rollout.from}
     */
    public App backTo(App before, AppSpec next, int replicas, Instant now) {
        return copy(
                revision + 1,
                before.template,
                next,
                before.image,
                intent,
                replicas,
                restart,
                null,
                now);
    }

    /**
     * Returns this app with a next revision of the same spec, because the image's name refers to
     * another image now. An app that sleeps wakes, so that the image is tried at once.
     */
    public App renewed(Instant now) {
        var awake = spec.scaling().sleep() == null ? replicas : Math.max(1, replicas);
        return returned(spec, revision + 1, null, awake, now);
    }

    /**
     * Returns the rollout under way, adjusted to the next spec. If the strategy or the list of
     * steps changed, the rollout begins again at its first step, because a step number of the old
     * list means nothing in the new list.
     */
    private @Nullable Rollout continued(AppSpec next, Instant now) {
        var before = spec.rollout();
        var after = next.rollout();
        return rollout == null
                        || (before.strategy() == after.strategy()
                                && before.steps().equals(after.steps()))
                ? rollout
                : rollout.step(0, "the strategy or its steps changed", now);
    }

    /**
     * Returns this app with its next revision, whose containers are created from {@code template}.
     * The template is the number of the next revision itself or of an earlier revision. A new
     * rollout begins if the app runs, or sleeps and wakes now, and its template changes.
     *
     * @param image the image recorded for the template; null if none is recorded
     */
    public App returned(
            AppSpec next, int template, @Nullable String image, int replicas, Instant now) {
        var serving = rollout == null ? revision : rollout.from;
        var wakes = spec.scaling().sleep() != null && replicas > 0;
        var runs = intent == Intent.RUN && (this.replicas > 0 || wakes);
        var rolls = runs && template != this.template;
        return copy(
                revision + 1,
                template,
                next,
                image,
                intent,
                replicas,
                restart,
                rolls ? Rollout.begin(serving, now) : null,
                now);
    }

    /**
     * Returns the highest number of instances that the app can have at once until a user changes
     * the app. It is the sum of two numbers: the desired instances (in mode auto {@code
     * maxReplicas}, if that is higher) and the instances that a rollout adds.
     */
    public int reach() {
        return most() + surge();
    }

    /** Returns how many of the instances of {@link #reach} only a rollout adds. */
    public int surge() {
        return spec.rollout().added(most());
    }

    private int most() {
        var scaling = spec.scaling();
        return scaling.mode() == AppSpec.Scaling.Mode.AUTO
                ? Math.max(replicas, scaling.maxReplicas())
                : replicas;
    }

    /**
     * Returns this app with another intent or size. An app that does not run needs no rollout,
     * because it starts again with its present revision.
     */
    public App wanting(Intent intent, int replicas, int restart, Instant now) {
        var rolls = intent == Intent.RUN && replicas > 0;
        return copy(
                revision,
                template,
                spec,
                image,
                intent,
                replicas,
                restart,
                rolls ? rollout : null,
                now);
    }

    /** Returns this app with the image that is recorded for its template. */
    public App running(String image) {
        return copy(revision, template, spec, image, intent, replicas, restart, rollout, updatedAt);
    }

    public App rolling(@Nullable Rollout rollout, Instant now) {
        return copy(revision, template, spec, image, intent, replicas, restart, rollout, now);
    }

    private App copy(
            int revision,
            int template,
            AppSpec spec,
            @Nullable String image,
            Intent intent,
            int replicas,
            int restart,
            @Nullable Rollout rollout,
            Instant updatedAt) {
        return new App(
                id, name, revision, template, spec, image, intent, replicas, restart, rollout,
                createdAt, updatedAt);
    }
}
