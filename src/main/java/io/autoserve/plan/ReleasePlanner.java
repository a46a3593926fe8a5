package io.autoserve.plan;

import static java.util.stream.Collectors.toSet;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Progress;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.ReleaseStatus.ReleaseState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the release command of a new revision runs, and what follows from its failure. Until
 * the command has succeeded, no instance of the new revision starts.
 */
public final class ReleasePlanner {
    private ReleasePlanner() {}

    /** Returns whether the instances of the app's template wait for a release command. */
    static boolean holds(Situation situation) {
        return holds(situation.app(), situation.release());
    }

    /** Returns whether the app's template waits for its release command. */
    static boolean holds(App app, @Nullable ReleaseStatus release) {
        return release != null
                && app.spec().release() != null
                && release.template() == app.template()
                && release.state() != ReleaseState.SUCCEEDED;
    }

    /**
     * Returns why the first slot that the app lacks stays empty. Empty unless the app waits for its
     * release command.
     *
     * @param release how far the release command of the app's template is; null if it has none
     * @param slots all slots of the app
     */
    public static Optional<Progress> progress(
            App app, @Nullable ReleaseStatus release, List<Instance> slots) {
        if (app.wanted() == 0 || release == null || !holds(app, release)) {
            return Optional.empty();
        }
        var taken = slots.stream().map(Instance::index).collect(toSet());
        var index = 0;
        while (taken.contains(index)) {
            index++;
        }
        return Optional.of(
                new Progress(app.name(), index, waits(app, release), stuckSince(app, release)));
    }

    /**
     * Returns when the app was last changed, if its release command has failed and only another
     * change lets it run again. A rollout that is not paused is rolled back or paused first.
     */
    private static @Nullable Instant stuckSince(App app, ReleaseStatus release) {
        var stuck =
                release.state() == ReleaseState.FAILED && (app.rollout() == null || paused(app));
        return stuck ? app.updatedAt() : null;
    }

    private static String waits(App app, ReleaseStatus release) {
        return switch (release.state()) {
            case PENDING -> {
                if (paused(app)) {
                    yield "the rollout is paused, and its release command has not run";
                }
                yield release.blocked()
                        ? "waits for the release command of an earlier revision"
                        : "waits for the release command to start";
            }
            case RUNNING, SUCCEEDED -> "waits for the release command, which " + release.reason();
            case FAILED ->
                    "the release command failed (correct the spec, or run 'autoserve %s %s'): %s"
                            .formatted(
                                    paused(app) ? "rollout resume" : "restart",
                                    app.name(),
                                    release.reason());
        };
    }

    private static boolean paused(App app) {
        var rollout = app.rollout();
        return rollout != null && rollout.paused();
    }

    /** Plans the next step of a release command that holds up the rollout. */
    static Plan judge(Situation situation) {
        var action = action(situation);
        return action == null ? Plan.NOTHING : Plan.of(action);
    }

    private static @Nullable Action action(Situation situation) {
        var app = situation.app();
        var release = situation.release();
        if (release == null || situation.wanted() == 0) {
            return null;
        }
        return switch (release.state()) {
            case PENDING ->
                    release.blocked() || paused(app)
                            ? null
                            : new Action.RunRelease(
                                    app,
                                    "before revision %d takes traffic".formatted(app.revision()));
            case RUNNING, SUCCEEDED -> null;
            case FAILED -> paused(app) ? null : failure(situation, release);
        };
    }

    /**
     * Returns how a failed command ends the rollout. Without a rollout nothing serves yet, so there
     * is nothing to return to.
     */
    private static @Nullable Action failure(Situation situation, ReleaseStatus release) {
        var app = situation.app();
        var before = situation.before();
        if (app.rollout() == null || before == null) {
            return null;
        }
        var text = "the release command failed: " + release.reason();
        return app.spec().rollout().autoRollback() && !release.unreleasedBefore()
                ? new Action.RollBack(app, before, text)
                : new Action.Pause(app, text);
    }
}
