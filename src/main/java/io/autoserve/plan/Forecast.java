package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Node;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the actions that the planner would take until an app is in its desired state. It runs
 * the same rules ahead of time and assumes that every action succeeds at once.
 */
public final class Forecast {
    /**
     * Maximum number of passes in a forecast. It suffices for a rollout of {@link App#MAX_REPLICAS}
     * instances, one at a time.
     */
    private static final int MOST_PASSES = 20_000;

    /**
     * A node that is not drained. The forecast assumes one, because no node stays drained forever.
     */
    private static final Node SOMEWHERE = Node.untouched("forecast");

    private static final Duration HORIZON = Duration.ofDays(30);

    private final Instant end;
    private App app;
    private @Nullable App before;
    private final Map<Integer, Instance> slots = new TreeMap<>();
    private final Map<Long, Container> containers = new HashMap<>();
    private final List<Action> told = new ArrayList<>();
    private Instant now;
    private long nextId;
    private boolean gone;

    private Forecast(App app, @Nullable App before, List<Instance> slots, Instant now) {
        this.app = app;
        this.before = before;
        this.now = now;
        end = now.plus(HORIZON);
        slots.forEach(slot -> this.slots.put(slot.index(), slot));
        slots.stream().filter(slot -> slot.state() != State.PENDING).forEach(this::run);
        nextId = 1 + slots.stream().mapToLong(Instance::id).max().orElse(0);
    }

    /**
     * @param before the app as it was before the current rollout; null if there is none
     * @return the actions that an operator would see, in their order
     */
    public static List<Action> of(
            App app, @Nullable App before, List<Instance> slots, Instant now) {
        var forecast = new Forecast(app, before, slots, now);
        forecast.play();
        return List.copyOf(forecast.told);
    }

    private void play() {
        for (var pass = 0; pass < MOST_PASSES && !gone; pass++) {
            var plan = Planner.plan(situation());
            if (!plan.actions().isEmpty()) {
                plan.actions().forEach(this::happen);
            } else if (plan.lookAgainAt().filter(at -> at.isBefore(end)).isPresent()) {
                now = plan.lookAgainAt().get();
            } else {
                return;
            }
        }
    }

    private Situation situation() {
        var all = List.copyOf(slots.values());
        var instanceHealth = new HashMap<Long, InstanceHealth>();
        all.forEach(slot ->
                instanceHealth.put(slot.id(), new InstanceHealth(true, true, "would be ready")));
        var routed = new HashSet<Long>();
        Shares.of(app, before, all, now)
                .forEach((id, share) -> {
                    if (share > 0) {
                        routed.add(id);
                    }
                });
        return new Situation(
                app,
                before,
                SOMEWHERE,
                all,
                containers,
                instanceHealth,
                new Traffic.Known(routed, Map.of()),
                CanaryComparison.NONE,
                null,
                Set.of(),
                Set.of(),
                now);
    }

    private void happen(Action action) {
        switch (action) {
            case Action.Adopt(var instance, var container, _) ->
                    put(instance.running(container, now));
            case Action.Fail(var instance, _, var failures, var retryAt, var reason) ->
                    put(instance.failed(failures, retryAt, reason, now));
            case Action.Mark(var instance, var ready, var reason) ->
                    put(instance.checked(ready, reason, now));
            case Action.Drain(var instance, var until, var reason) -> {
                told.add(action);
                put(instance.draining(until, reason, now));
            }
            case Action.Vacate(var instance, _) -> {
                told.add(action);
                slots.remove(instance.index());
            }
            case Action.Start(var as, var index, _, var reason) -> {
                told.add(action);
                start(Instance.starting(nextId++, as, index, slots.get(index), reason, now));
            }
            case Action.Resume(_, var instance, _) -> start(instance);
            case Action.Stop(_, var instance, _, _) -> slots.remove(instance.index());
            case Action.Clear(_, var instance, _, _, _) -> put(instance.pending(now));
            case Action.Advance(_, var step, var reason) -> {
                told.add(action);
                app = app.rolling(rollout().step(step, reason, now), now);
            }
            case Action.Pause(_, var reason) ->
                    app = app.rolling(rollout().paused(true, reason, now), now);
            case Action.Complete _ -> {
                told.add(action);
                app = app.rolling(null, now);
                before = null;
            }
            case Action.RollBack(_, var to, _) -> {
                told.add(action);
                app = app.revised(to.spec(), app.replicas(), to, now);
                before = null;
            }
            case Action.Delete _ -> {
                told.add(action);
                gone = true;
            }
            case Action.Remove _ -> {}
        }
    }

    private App.Rollout rollout() {
        return Objects.requireNonNull(app.rollout());
    }

    private void start(Instance starting) {
        put(starting.running(run(starting), now).checked(true, "would be ready", now));
    }

    private Container run(Instance instance) {
        var container =
                new Container(
                        instance.containerId() == null ? instance.name() : instance.containerId(),
                        instance.name(),
                        instance.app(),
                        instance.index(),
                        instance.id(),
                        instance.revision(),
                        0,
                        Container.State.RUNNING,
                        instance.address() == null ? instance.name() : instance.address(),
                        now);
        containers.put(instance.id(), container);
        return container;
    }

    private void put(Instance instance) {
        slots.put(instance.index(), instance);
    }
}
