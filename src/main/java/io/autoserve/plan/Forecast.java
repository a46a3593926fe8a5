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
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
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
    private final AppRows rows;
    private final Map<Long, Container> containers = new HashMap<>();
    private final List<Action> told = new ArrayList<>();
    private Instant now;

    private Forecast(App app, @Nullable App before, List<Instance> slots, Instant now) {
        this.now = now;
        end = now.plus(HORIZON);
        var lastId = new AtomicLong(slots.stream().mapToLong(Instance::id).max().orElse(0));
        rows = new AppRows(app, before, slots, lastId::incrementAndGet);
        slots.stream().filter(slot -> slot.state() != State.PENDING).forEach(this::run);
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
        for (var pass = 0; pass < MOST_PASSES && !rows.deleted(); pass++) {
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
        var all = rows.slots();
        var instanceHealth = new HashMap<Long, InstanceHealth>();
        all.forEach(slot ->
                instanceHealth.put(slot.id(), new InstanceHealth(true, true, "would be ready")));
        var routed = new HashSet<Long>();
        Shares.of(rows.app(), rows.before(), all, now)
                .forEach((id, share) -> {
                    if (share > 0) {
                        routed.add(id);
                    }
                });
        return new Situation(
                rows.app(),
                rows.before(),
                SOMEWHERE,
                all,
                containers,
                instanceHealth,
                Map.of(),
                new Traffic.Known(routed, Map.of()),
                CanaryComparison.NONE,
                null,
                Set.of(),
                Set.of(),
                0,
                null,
                now);
    }

    private void happen(Action action) {
        if (isTold(action)) {
            told.add(action);
        }
        switch (action) {
            case Action.OnRecord write -> rows.apply(Replay.of(write, now), now);
            case Action.OnTaskRecord _ -> {} // a forecast is about instances
            case Action.OnEngine call -> {
                var claimed = Replay.claim(call, now).flatMap(effect -> rows.apply(effect, now));
                switch (call) {
                    case Action.OfTask _ -> {} // a forecast is about instances
                    case Action.Start _, Action.Resume _ -> claimed.ifPresent(this::start);
                    case Action.Removal removal -> rows.apply(Replay.removed(removal, now), now);
                }
            }
        }
    }

    /** Returns whether operators see the action in the forecast. */
    private static boolean isTold(Action action) {
        return switch (action) {
            case Action.Drain _,
                    Action.Vacate _,
                    Action.Start _,
                    Action.Advance _,
                    Action.Complete _,
                    Action.RollBack _,
                    Action.Delete _ ->
                    true;
            case Action.Adopt _,
                    Action.Fail _,
                    Action.Mark _,
                    Action.Pause _,
                    Action.Resume _,
                    Action.OnTaskRecord _,
                    Action.OfTask _,
                    Action.Removal _ ->
                    false;
        };
    }

    private void start(Instance instance) {
        rows.apply(Replay.runs(instance, run(instance), now), now);
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
                        "",
                        now);
        containers.put(instance.id(), container);
        return container;
    }
}
