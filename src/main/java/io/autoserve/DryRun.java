package io.autoserve;

import io.autoserve.api.Platform.Applied;
import io.autoserve.api.Platform.Deed;
import io.autoserve.api.Platform.Edit;
import io.autoserve.api.Platform.Preview;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Instance;
import io.autoserve.plan.Action;
import io.autoserve.plan.Forecast;
import io.autoserve.spec.Difference;
import io.autoserve.store.Wishes;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes what applying a spec would do, without doing it. */
final class DryRun {
    private DryRun() {}

    static Preview registration(AppSpec spec, Instant now) {
        var app = Wishes.registered(0, spec, now);
        return new Preview(
                Applied.Outcome.Created,
                app.revision(),
                List.of(),
                deeds(Forecast.of(app, null, List.of(), now)));
    }

    /**
     * Returns what a new spec would do to an app.
     *
     * @param before the app before the rollout that is under way; null if there is none
     */
    static Preview change(
            App app, @Nullable App before, AppSpec spec, List<Instance> slots, Instant now) {
        if (app.spec().equals(spec)) {
            return new Preview(
                    Applied.Outcome.Unchanged,
                    app.revision(),
                    List.of(),
                    deeds(Forecast.of(app, before, slots, now)));
        }
        var next = Wishes.revised(app, spec, before, now);
        var rollout = next.rollout();
        var served = rollout != null && rollout.from() == app.revision() ? app : before;
        return new Preview(
                Applied.Outcome.Changed,
                next.revision(),
                Difference.between(app.spec(), spec).stream().map(DryRun::edit).toList(),
                deeds(Forecast.of(next, rollout == null ? null : served, slots, now)));
    }

    private static Edit edit(Difference difference) {
        return new Edit(difference.pointer(), difference.before(), difference.after());
    }

    private static List<Deed> deeds(List<Action> actions) {
        return actions.stream().map(DryRun::deed).toList();
    }

    private static Deed deed(Action action) {
        return switch (action) {
            case Action.Start(var app, var index, _, var reason) ->
                    new Deed("start", Instance.name(app.name(), index), reason);
            case Action.Resume(_, var instance, var reason) ->
                    new Deed("start", instance.name(), reason);
            case Action.Drain(var instance, _, var reason) ->
                    new Deed("drain", instance.name(), reason);
            case Action.Stop(_, var instance, _, var reason) ->
                    new Deed("stop", instance.name(), reason);
            case Action.Vacate(var instance, var reason) ->
                    new Deed("drop", instance.name(), reason);
            case Action.Advance(var app, _, var reason) -> new Deed("step", app.name(), reason);
            case Action.Pause(var app, var reason) -> new Deed("pause", app.name(), reason);
            case Action.Complete(var app, var reason) -> new Deed("complete", app.name(), reason);
            case Action.RollBack(var app, _, var reason) ->
                    new Deed("roll back", app.name(), reason);
            case Action.Delete(var app, var reason) -> new Deed("delete", app.name(), reason);
            case Action.Adopt(var instance, _, var reason) ->
                    new Deed("adopt", instance.name(), reason);
            case Action.Fail(var instance, _, _, var reason) ->
                    new Deed("fail", instance.name(), reason);
            case Action.Mark(var instance, _, var reason) ->
                    new Deed("mark", instance.name(), reason);
            case Action.Clear(_, var instance, _, _, var reason) ->
                    new Deed("clear", instance.name(), reason);
            case Action.Remove(var container, var reason) ->
                    new Deed("remove", container.name(), reason);
        };
    }
}
