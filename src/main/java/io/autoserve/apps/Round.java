package io.autoserve.apps;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.plan.Action;
import io.autoserve.plan.Occupants;
import io.autoserve.plan.Planner;
import io.autoserve.plan.Shares;
import io.autoserve.plan.Traffic;
import io.autoserve.plan.Withdrawals;
import io.autoserve.store.StateReader.ClusterState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The state of all apps that one round of a pass has read, and conclusions from it. A round changes
 * nothing.
 *
 * @param byApp instances by the id of their app
 */
record Round(
        ClusterState state,
        Map<Long, List<Instance>> byApp,
        Occupants occupants,
        Traffic traffic,
        Instant now) {

    static Round of(ClusterState state, Occupants occupants, Traffic traffic, Instant now) {
        var byApp = state.instances().stream().collect(groupingBy(Instance::appId));
        return new Round(state, byApp, occupants, traffic, now);
    }

    /**
     * Returns whether an instance or a container may have to be removed. Only then does the round
     * need the proxy's report.
     */
    static boolean needsTraffic(ClusterState state, Occupants occupants) {
        return !occupants.strays().isEmpty()
                || state.instances().stream()
                        .anyMatch(slot ->
                                slot.state() == State.DRAINING || slot.state() == State.FAILED);
    }

    List<Instance> slots(App app) {
        return byApp.getOrDefault(app.id(), List.of());
    }

    /**
     * Returns the names of the containers that run no instance but may still get requests from the
     * proxy. To start a container of the same name would remove such a container by force.
     */
    Set<String> namesInUse() {
        var known = known();
        return occupants.strays().stream()
                .filter(container -> !Planner.removable(container, known, traffic))
                .map(Container::name)
                .collect(toSet());
    }

    private Set<Long> known() {
        return state.instances().stream().map(Instance::id).collect(toSet());
    }

    Map<Long, Integer> shares() {
        var shares = new LinkedHashMap<Long, Integer>();
        for (var app : state.apps()) {
            shares.putAll(Shares.of(app, state.before().get(app.id()), slots(app), now));
        }
        return shares;
    }

    /** Returns the ids of the instances whose open responses the proxy should close. */
    Set<Long> overdue() {
        return state.instances().stream()
                .filter(slot -> slot.overdue(now))
                .map(Instance::id)
                .collect(toSet());
    }

    /** Returns the instances that the proxy should have withdrawn long ago. */
    List<Instance> stillRouted() {
        return state.instances().stream()
                .filter(instance -> Withdrawals.overdue(instance, traffic, now))
                .toList();
    }

    /**
     * @param busy names of slots on which an action is under way
     */
    List<Action.Remove> orphans(Set<String> busy) {
        return Planner.orphans(occupants.strays(), known(), traffic, busy);
    }

    /**
     * Returns the running instances to check in the order of their rows, each with the spec of its
     * revision and the check of its image. An instance whose checks depend on its image is left out
     * until Docker lists its container.
     */
    Map<Instance, AppSpec> checked() {
        var apps = state.apps().stream().collect(toMap(App::id, identity()));
        var checked = new LinkedHashMap<Instance, AppSpec>();
        for (var instance : state.instances()) {
            var app = apps.get(instance.appId());
            if (app == null || instance.state() != State.RUNNING) {
                continue;
            }
            var spec = state.behind(app, instance).spec();
            var container = occupants.byInstance().get(instance.id());
            if (container != null) {
                checked.put(instance, spec.checkedBy(container.healthCheck()));
            } else if (!spec.checks().ofImage()) {
                checked.put(instance, spec);
            }
        }
        return checked;
    }
}
