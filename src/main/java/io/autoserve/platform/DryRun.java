package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.Instance;
import io.autoserve.plan.Action;
import io.autoserve.plan.Forecast;
import io.autoserve.platform.Apps.Edit;
import io.autoserve.platform.Apps.PlannedAction;
import io.autoserve.platform.Apps.Preview;
import io.autoserve.spec.Difference;
import io.autoserve.store.DesiredState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes what applying a spec would do, without doing it. */
final class DryRun {
    private DryRun() {}

    static Preview registration(AppSpec spec, Instant now) {
        var app = DesiredState.registered(0, spec, now);
        return new Preview(
                ApplyOutcome.CREATED,
                app.revision(),
                List.of(),
                released(app, plannedActions(Forecast.of(app, null, List.of(), now))));
    }

    /** Adds the release command of a new template, which comes before all other actions. */
    private static List<PlannedAction> released(App next, List<PlannedAction> actions) {
        if (next.spec().release() == null || next.template() != next.revision()) {
            return actions;
        }
        var all = new ArrayList<PlannedAction>();
        all.add(deed(new Action.RunRelease(next, "runs the release command first")));
        all.addAll(actions);
        return List.copyOf(all);
    }

    /**
     * Returns what a new spec would do to an app.
     *
     * @param before the app as it was before the current rollout; null if there is no rollout
     * @param moved whether the image's name refers to another image than the one that the app runs
     */
    static Preview change(
            App app,
            @Nullable App before,
            AppSpec spec,
            boolean moved,
            List<Instance> slots,
            Instant now) {
        if (app.spec().equals(spec) && !moved) {
            return new Preview(
                    ApplyOutcome.UNCHANGED,
                    app.revision(),
                    List.of(),
                    plannedActions(Forecast.of(app, before, slots, now)));
        }
        var next = moved ? app.renewed(now) : DesiredState.revised(app, spec, before, now);
        var rollout = next.rollout();
        var served = rollout != null && rollout.from() == app.revision() ? app : before;
        return new Preview(
                ApplyOutcome.CHANGED,
                next.revision(),
                Difference.between(app.spec(), spec).stream().map(DryRun::edit).toList(),
                released(
                        next,
                        plannedActions(
                                Forecast.of(next, rollout == null ? null : served, slots, now))));
    }

    private static Edit edit(Difference difference) {
        return new Edit(difference.pointer(), difference.before(), difference.after());
    }

    private static List<PlannedAction> plannedActions(List<Action> actions) {
        return actions.stream().map(DryRun::deed).toList();
    }

    private static PlannedAction deed(Action action) {
        return switch (action) {
            case Action.Start(var app, var index, _, var reason) ->
                    new PlannedAction("start", Instance.name(app.name(), index), reason);
            case Action.Resume(_, var instance, var reason) ->
                    new PlannedAction("start", instance.name(), reason);
            case Action.Drain(var instance, _, var reason) ->
                    new PlannedAction("drain", instance.name(), reason);
            case Action.Stop(_, var instance, _, var reason) ->
                    new PlannedAction("stop", instance.name(), reason);
            case Action.Vacate(var instance, var reason) ->
                    new PlannedAction("drop", instance.name(), reason);
            case Action.Advance(var app, _, var reason) ->
                    new PlannedAction("step", app.name(), reason);
            case Action.Pause(var app, var reason) ->
                    new PlannedAction("pause", app.name(), reason);
            case Action.Complete(var app, var reason) ->
                    new PlannedAction("complete", app.name(), reason);
            case Action.RollBack(var app, _, var reason) ->
                    new PlannedAction("roll back", app.name(), reason);
            case Action.Delete(var app, var reason) ->
                    new PlannedAction("delete", app.name(), reason);
            case Action.Adopt(var instance, _, var reason) ->
                    new PlannedAction("adopt", instance.name(), reason);
            case Action.Fail(var instance, _, _, _, var reason) ->
                    new PlannedAction("fail", instance.name(), reason);
            case Action.Mark(var instance, _, var reason) ->
                    new PlannedAction("mark", instance.name(), reason);
            case Action.Clear(_, var instance, _, _, var reason) ->
                    new PlannedAction("clear", instance.name(), reason);
            case Action.Remove(var container, var reason) ->
                    new PlannedAction("remove", container.name(), reason);
            case Action.RunRelease(var app, var reason) ->
                    new PlannedAction("release", app.name(), reason);
            case Action.OnSchedule onSchedule ->
                    new PlannedAction("schedule", onSchedule.app().name(), onSchedule.reason());
            case Action.OnTask onTask ->
                    new PlannedAction("record", onTask.task().containerName(), onTask.reason());
            case Action.OfTask ofTask ->
                    new PlannedAction("run", ofTask.of().task().containerName(), ofTask.reason());
        };
    }
}
