package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Revision;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes apps, and reads the facts about apps that the view does not contain. A write completes
 * when this controller's view has seen it, or after 5 s if the view lags. A user who reads after a
 * write therefore sees the result.
 */
public interface Apps {
    /**
     * Registers a new app.
     *
     * @param text the spec as written
     * @return the new app; fails with a conflict if an app of this name exists
     */
    Future<App> register(AppSpec spec, String text, By by);

    /**
     * Registers the app, or changes it to match the spec. Applying the same spec again changes
     * nothing, unless the image's name refers to another image by now. That image then runs as a
     * new revision.
     *
     * @param from the revision that the spec is based on, or null to apply in any case. Refused as
     *     a conflict if the app has another revision by now, unless the spec is equal to the
     *     present one
     */
    Future<Applied> apply(AppSpec spec, String text, @Nullable Integer from, By by);

    /**
     * Changes the registered app to match the spec, as {@link #apply} does.
     *
     * @param from the revision that the spec is based on
     * @param cause what the change is due to, for its event, such as the commit of an image
     */
    Future<Applied> deploy(AppSpec spec, String text, int from, String cause, By by);

    /**
     * Sets the number of replicas. This and the following methods fail if the app does not exist.
     * All except {@link #delete} also fail, as a conflict, if the app is being deleted. Setting
     * what is already set succeeds.
     *
     * @param replicas 0 to {@link App#MAX_REPLICAS}
     */
    Future<App> scale(String app, int replicas, By by);

    Future<App> start(String app, By by);

    Future<App> stop(String app, By by);

    Future<App> restart(String app, By by);

    /**
     * Begins to delete the app. The deletion is complete once the app's last instance is removed.
     */
    Future<App> delete(String app, By by);

    /**
     * Pauses the rollout. This and {@link #resume} are refused as a conflict if no rollout is under
     * way.
     */
    Future<App> pause(String app, By by);

    Future<App> resume(String app, By by);

    /**
     * Applies the spec of an earlier revision as a new revision.
     *
     * @param to number of the revision. Null means the revision from which the current rollout
     *     began. Without a rollout, null means the newest revision whose containers differ from
     *     those of the current revision
     */
    Future<App> undo(String app, @Nullable Integer to, By by);

    /**
     * Returns what applying the spec would do, without changing anything. Refuses what applying it
     * would refuse because of a host, a limit or a quota.
     */
    Future<Preview> preview(AppSpec spec, By by);

    /** Returns the revisions that are kept, newest first. */
    Future<List<Revision>> revisions(App app);

    /** Returns the spec of the app's revision as it was written. */
    Future<String> specText(App app);

    record Applied(App app, ApplyOutcome outcome) {}

    /**
     * @param revision the revision that the app would have
     * @param changes the fields of the parsed spec that change; empty for a new app
     * @param actions the actions that would follow, in their order, if none of them failed
     */
    record Preview(
            ApplyOutcome outcome, int revision, List<Edit> changes, List<PlannedAction> actions) {}

    /**
     * @param path JSON pointer into the spec
     * @param before present value of the field; null if the field has none
     * @param after value that the field would have; null if the field would have none
     */
    record Edit(String path, @Nullable String before, @Nullable String after) {}

    /**
     * @param action name of the action, such as {@code start}
     * @param subject the instance or the app that the action is about
     */
    record PlannedAction(String action, String subject, String reason) {}
}
