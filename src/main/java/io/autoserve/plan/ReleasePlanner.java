package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.ReleaseStatus.ReleaseState;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the release command of a new revision runs, and what follows from its failure. Until
 * the command has succeeded, no instance of the new revision starts.
 */
final class ReleasePlanner {
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

    /** Plans the next step of a release command that holds up the rollout. */
    static Plan judge(Situation situation) {
        var action = action(situation);
        return new Plan(action == null ? List.of() : List.of(action), Optional.empty());
    }

    private static @Nullable Action action(Situation situation) {
        var app = situation.app();
        var release = situation.release();
        if (release == null || situation.wanted() == 0) {
            return null;
        }
        var rollout = app.rollout();
        var paused = rollout != null && rollout.paused();
        return switch (release.state()) {
            case PENDING ->
                    release.blocked() || paused
                            ? null
                            : new Action.RunRelease(
                                    app,
                                    "before revision %d takes traffic".formatted(app.revision()));
            case RUNNING, SUCCEEDED -> null;
            case FAILED -> paused ? null : failure(situation, release);
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
