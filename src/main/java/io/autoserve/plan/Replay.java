package io.autoserve.plan;

import static java.util.Objects.requireNonNull;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Transition;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Says what each action does to the rows of its app. An action that calls Docker has up to two
 * effects: its claim, which is committed before the call, and its result.
 */
public final class Replay {
    private Replay() {}

    /** Returns the effect of an action that only writes rows. */
    public static Effect of(Action.OnRecord action, Instant now) {
        return switch (action) {
            case Action.Adopt(var instance, var container, _) -> runs(instance, container, now);
            case Action.Fail fail -> failed(fail, now);
            case Action.Mark(var instance, var ready, var reason) ->
                    new Effect.Move(
                            instance.id(),
                            Transition.CHECK,
                            ready ? Event.Type.InstanceReady : Event.Type.HealthFailed,
                            row -> row.checked(ready, reason, now));
            case Action.Drain(var instance, var until, var reason) ->
                    new Effect.Move(
                            instance.id(),
                            Transition.DRAIN,
                            Event.Type.InstanceDraining,
                            row -> row.draining(until, reason, now));
            case Action.Vacate(var instance, var reason) -> new Effect.Vacate(instance, reason);
            case Action.Delete(var app, _) -> new Effect.Delete(app);
            case Action.Advance(var app, var step, var reason) ->
                    rolls(
                            app,
                            Event.Type.RolloutAdvanced,
                            reason,
                            rollout -> rollout.step(step, reason, now),
                            now);
            case Action.Pause(var app, var reason) ->
                    rolls(
                            app,
                            Event.Type.RolloutPaused,
                            reason,
                            rollout -> rollout.paused(true, reason, now),
                            now);
            case Action.Complete(var app, var reason) ->
                    new Effect.Roll(
                            app,
                            Event.Type.RolloutCompleted,
                            reason,
                            (row, _) -> row.rolling(null, now));
            case Action.RollBack(var app, _, var reason) ->
                    new Effect.Roll(
                            app,
                            Event.Type.RolloutRolledBack,
                            reason,
                            (row, before) ->
                                    row.backTo(before, before.spec(), row.replicas(), now));
        };
    }

    private static Effect rolls(
            App app,
            Event.Type type,
            String reason,
            UnaryOperator<App.Rollout> change,
            Instant now) {
        return new Effect.Roll(
                app,
                type,
                reason,
                (row, _) -> row.rolling(change.apply(requireNonNull(row.rollout())), now));
    }

    /**
     * Returns the effect that permits the action to call Docker. Returns empty for some kinds of
     * action: the row of a failed instance already permits {@link Action.Clear}, {@link
     * Action.Remove} needs no permission, and an action of a task changes no row of the app.
     */
    public static Optional<Effect> claim(Action.OnEngine action, Instant now) {
        return switch (action) {
            case Action.Start(var app, var index, _, var reason) ->
                    Optional.of(new Effect.Occupy(app, index, reason));
            case Action.Resume(_, var instance, var reason) ->
                    Optional.of(
                            new Effect.Move(
                                    instance.id(),
                                    Transition.RESUME,
                                    Event.Type.InstanceStarting,
                                    row -> row.resumed(reason)));
            case Action.Stop(_, var instance, _, var reason) ->
                    Optional.of(
                            new Effect.Move(
                                    instance.id(),
                                    Transition.STOP,
                                    Event.Type.InstanceStopping,
                                    row -> row.stopping(reason, now)));
            case Action.Clear _, Action.Remove _, Action.OfTask _ -> Optional.empty();
        };
    }

    /** Returns the effect of a start that succeeded. */
    public static Effect runs(Instance instance, Container container, Instant now) {
        return new Effect.Move(
                instance.id(),
                Transition.RUN,
                Event.Type.InstanceStarted,
                row -> row.running(container, now));
    }

    private static Effect failed(Action.Fail fail, Instant now) {
        return new Effect.Move(
                fail.instance().id(),
                Transition.FAIL,
                switch (fail.cause()) {
                    case CONTAINER -> Event.Type.InstanceFailed;
                    case HEALTH -> Event.Type.HealthFailed;
                },
                row -> row.failed(fail.failures(), fail.retryAt(), fail.reason(), now));
    }

    /** Returns the effect of a stop, a clearing or a removal that succeeded. */
    public static Effect removed(Action.Removal action, Instant now) {
        return switch (action) {
            case Action.Stop(_, var instance, _, var reason) -> new Effect.Vacate(instance, reason);
            case Action.Clear(_, var instance, _, _, _) ->
                    new Effect.Move(
                            instance.id(),
                            Transition.CLEAR,
                            Event.Type.InstancePending,
                            row -> row.pending(now));
            case Action.Remove(var container, var reason) ->
                    new Effect.Note(
                            container.app(),
                            Event.Type.ContainerRemoved,
                            "%s: %s".formatted(container.name(), reason));
        };
    }
}
