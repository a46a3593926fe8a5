package io.autoserve.apps;

import io.autoserve.apps.EngineTurns.Lane;
import io.autoserve.model.Instance;
import io.autoserve.plan.Action;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Holds the planned actions that wait for a turn at the engine, and decides their order.
 *
 * <p>Each pass replaces the whole queue with its plan, so that actions that are no longer required
 * never run. An action that was planned before keeps its place. Within a lane, repairs come before
 * growth. Next, the app with the fewest actions at the engine comes first, so that an app with a
 * hundred starts does not hold up an app with a single start. If two apps have equally many, the
 * action that has waited longer comes first.
 */
final class ActionQueue {
    private final Map<Key, Waiting> waiting = new LinkedHashMap<>();
    private long arrivals;

    /**
     * Identifies one kind of action on one slot, so that an action that is planned again keeps its
     * place.
     */
    private record Key(String slot, Class<?> kind) {}

    private record Waiting(Action.OnEngine action, long arrival) {}

    /**
     * @param busy slots that must not be touched now, because an action on them is under way, or
     *     was under way when the actions were planned
     */
    void replace(List<? extends Action.OnEngine> planned, Set<String> busy) {
        var before = new HashMap<>(waiting);
        waiting.clear();
        for (var action : planned) {
            var key = new Key(slot(action), action.getClass());
            if (busy.contains(key.slot)) {
                continue;
            }
            var known = before.get(key);
            waiting.put(key, new Waiting(action, known == null ? arrivals++ : known.arrival));
        }
    }

    void clear() {
        waiting.clear();
    }

    /** Removes the action, and every other action on its slot, from the queue. */
    void remove(Action.OnEngine action) {
        var slot = slot(action);
        waiting.keySet().removeIf(key -> key.slot.equals(slot));
    }

    int size(Lane lane) {
        return (int) waiting.values().stream().filter(it -> lane(it.action) == lane).count();
    }

    /**
     * Returns the waiting actions of a lane, next one first.
     *
     * @param inHand number of actions of this lane that the engine works on now, by app
     */
    List<Action.OnEngine> inOrder(Lane lane, Map<String, Integer> inHand) {
        var byApp = new HashMap<>(inHand);
        var order = new ArrayList<Action.OnEngine>();
        for (var repair : List.of(true, false)) {
            deal(
                    waiting.values().stream()
                            .filter(it -> lane(it.action) == lane && repairs(it.action) == repair)
                            .sorted(Comparator.comparingLong(Waiting::arrival))
                            .toList(),
                    byApp,
                    order);
        }
        return order;
    }

    /**
     * Adds the actions to the order one by one. The next action always belongs to the app that has
     * the fewest actions at the engine and in the order together.
     */
    private static void deal(
            List<Waiting> waiting, Map<String, Integer> byApp, List<Action.OnEngine> order) {
        var queues = new LinkedHashMap<String, List<Waiting>>();
        waiting.forEach(
                it -> queues.computeIfAbsent(app(it.action), _ -> new ArrayList<>()).add(it));
        var heads =
                new PriorityQueue<>(
                        Comparator.comparingInt(Head::inHand).thenComparingLong(Head::arrival));
        queues.forEach((app, of) -> heads.add(new Head(app, of, 0, byApp.getOrDefault(app, 0))));
        while (!heads.isEmpty()) {
            var head = heads.remove();
            order.add(head.waiting.get(head.next).action);
            byApp.merge(head.app, 1, Integer::sum);
            if (head.next + 1 < head.waiting.size()) {
                heads.add(new Head(head.app, head.waiting, head.next + 1, head.inHand + 1));
            }
        }
    }

    private record Head(String app, List<Waiting> waiting, int next, int inHand) {
        long arrival() {
            return waiting.get(next).arrival;
        }
    }

    static Lane lane(Action.OnEngine action) {
        return switch (action) {
            case Action.Start _, Action.Resume _, Action.RunTask _ -> Lane.STARTS;
            case Action.Stop _, Action.Clear _, Action.Remove _, Action.HaltTask _ -> Lane.REMOVALS;
        };
    }

    /** Returns whether the action helps to restore an instance that the app already had. */
    private static boolean repairs(Action.OnEngine action) {
        return switch (action) {
            case Action.Start start -> start.cause() == Action.Start.Cause.REPAIR;
            case Action.Resume _, Action.Clear _ -> true;
            case Action.Stop _, Action.Remove _, Action.OfTask _ -> false;
        };
    }

    static String slot(Action.OnEngine action) {
        return switch (action) {
            case Action.Start(var app, var index, _, _) -> Instance.name(app.name(), index);
            case Action.Resume(_, var instance, _) -> instance.name();
            case Action.Stop(_, var instance, _, _) -> instance.name();
            case Action.Clear(_, var instance, _, _, _) -> instance.name();
            case Action.Remove(var container, _) -> container.name();
            case Action.OfTask ofTask -> ofTask.of().task().containerName();
        };
    }

    /** Returns the index of the slot; empty for an action of a task. */
    static OptionalInt index(Action.OnEngine action) {
        return switch (action) {
            case Action.Start(_, var index, _, _) -> OptionalInt.of(index);
            case Action.Resume(_, var instance, _) -> OptionalInt.of(instance.index());
            case Action.Stop(_, var instance, _, _) -> OptionalInt.of(instance.index());
            case Action.Clear(_, var instance, _, _, _) -> OptionalInt.of(instance.index());
            case Action.Remove(var container, _) ->
                    container.task() ? OptionalInt.empty() : OptionalInt.of(container.index());
            case Action.OfTask _ -> OptionalInt.empty();
        };
    }

    static String app(Action.OnEngine action) {
        return switch (action) {
            case Action.Start(var app, _, _, _) -> app.name();
            case Action.Resume(var app, _, _) -> app.name();
            case Action.Stop(var app, _, _, _) -> app.name();
            case Action.Clear(var app, _, _, _, _) -> app.name();
            case Action.Remove(var container, _) -> container.app();
            case Action.OfTask ofTask -> ofTask.of().app().name();
        };
    }
}
