package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Plans the next steps of one app from all that is known about it. It first judges each slot by
 * what the engine, the checks and the proxy report. Then it judges the release command and the
 * rollout as a whole, if there is one. Last, it compares the slots with the desired number of
 * instances.
 */
public final class Planner {
    private Planner() {}

    public static Plan plan(Situation situation) {
        var judged = new InstancePlanner(situation).judge();
        var facts = judged.actions().stream().filter(Action.OnRecord.class::isInstance).toList();
        if (!facts.isEmpty()) {
            return new Plan(facts, judged.lookAgainAt()); // the next plan builds on these facts
        }
        var reviewed =
                ReleasePlanner.holds(situation)
                        ? ReleasePlanner.judge(situation)
                        : new RolloutPlanner(situation).judge();
        if (!reviewed.actions().isEmpty()) {
            return reviewed;
        }
        var counted = new ReplicaPlanner(situation).count();
        return new Plan(
                Stream.of(judged.actions(), counted.actions(), farewell(situation))
                        .flatMap(List::stream)
                        .toList(),
                Stream.of(judged, reviewed, counted)
                        .map(Plan::lookAgainAt)
                        .reduce(Optional.empty(), Planner::earlier));
    }

    private static List<Action> farewell(Situation situation) {
        return finished(situation)
                ? List.of(new Action.Delete(situation.app(), "all instances are removed"))
                : List.of();
    }

    private static boolean finished(Situation situation) {
        return switch (situation.app().intent()) {
            case DELETE ->
                    situation.slots().isEmpty()
                            && situation.busy().isEmpty()
                            && situation.tasks() == 0;
            case RUN, STOP -> false;
        };
    }

    /**
     * Returns the actions that remove stray containers, which are containers of AutoServe without
     * an instance. A stray container stays as long as the proxy may send it requests.
     *
     * @param instances ids of all instances
     * @param busy names of containers on which an action is under way
     */
    public static List<Action.Remove> orphans(
            Collection<Container> strays, Set<Long> instances, Traffic traffic, Set<String> busy) {
        return strays.stream()
                .filter(container -> !busy.contains(container.name()))
                .filter(container -> removable(container, instances, traffic))
                .map(container ->
                        new Action.Remove(
                                container,
                                instances.contains(container.instanceId())
                                        ? "another container runs the same instance"
                                        : "the container belongs to no instance"))
                .toList();
    }

    /**
     * Returns whether a stray container may be removed, because the proxy sends it no requests.
     *
     * @param instances ids of all instances. If the stray container carries one of these ids,
     *     another container runs that instance and gets its requests
     */
    public static boolean removable(Container stray, Set<Long> instances, Traffic traffic) {
        return instances.contains(stray.instanceId()) || traffic.withdrawn(stray.instanceId());
    }

    /** Returns the action that records the failure of an instance, with its back-off. */
    public static Action.Fail failure(
            App app, Instance instance, Action.Fail.Cause cause, String reason, Instant now) {
        var failures = Backoff.failures(app, instance, now);
        return new Action.Fail(instance, cause, failures, Backoff.retryAt(failures, now), reason);
    }

    static Optional<Instant> earlier(Optional<Instant> a, Optional<Instant> b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a.or(() -> b);
        }
        return a.get().isBefore(b.get()) ? a : b;
    }
}
