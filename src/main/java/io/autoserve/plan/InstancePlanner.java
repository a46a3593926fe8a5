package io.autoserve.plan;

import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import io.autoserve.plan.Action.Fail.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides the next actions for each slot separately, based on the slot's recorded state and on what
 * Docker, the checks and the proxy report about its instance.
 */
final class InstancePlanner {
    /** How often to check the requests in flight of an instance that drains. */
    private static final Duration DRAIN_GLANCE = Duration.ofMillis(100);

    /**
     * The minimum time that an instance drains, even without requests in flight. A worker process
     * of the proxy may have chosen the instance by the earlier routes and then been preempted. Such
     * a worker may still send a request.
     */
    private static final Duration STRAGGLERS = Duration.ofMillis(100);

    /** Time that the proxy has after the drain deadline to close downloads and WebSockets. */
    private static final Duration CLOSING = Duration.ofSeconds(1);

    private static final Duration LAST_CHANCE = Duration.ofSeconds(1);

    private final Situation situation;
    private final List<Action> actions = new ArrayList<>();
    private Optional<Instant> lookAgainAt = Optional.empty();

    InstancePlanner(Situation situation) {
        this.situation = situation;
    }

    Plan judge() {
        situation.slots().stream()
                .filter(slot -> !situation.busy().contains(slot.index()))
                .forEach(this::judge);
        return new Plan(actions, lookAgainAt);
    }

    private void judge(Instance instance) {
        var container = situation.containers().get(instance.id());
        switch (instance.state()) {
            case STARTING -> starting(instance, container);
            case RUNNING -> running(instance, container);
            case DRAINING -> draining(instance, container);
            case STOPPING ->
                    actions.add(stop(instance, container, "an earlier stop did not finish"));
            case FAILED -> failed(instance, container);
            case PENDING -> {} // ReplicaPlanner decides, because it compares all slots
        }
    }

    private void starting(Instance instance, @Nullable Container container) {
        if (container == null || container.state() == Container.State.CREATED) {
            actions.add(resume(instance));
        } else if (container.alive() && container.address() == null) {
            actions.add(fail(instance, "the container has no address in the instances' network"));
        } else if (container.alive()) {
            actions.add(new Action.Adopt(instance, container, "the container is running"));
        } else {
            actions.add(fail(instance, "the container exited while it was starting"));
        }
    }

    /**
     * Resumes the start with the revision that is recorded for the instance, even if the app has a
     * newer revision by now.
     */
    private Action resume(Instance instance) {
        var before = situation.before();
        if (instance.template() == situation.app().template()) {
            return new Action.Resume(situation.app(), instance, "an earlier start did not finish");
        }
        if (before != null && instance.template() == before.template()) {
            return new Action.Resume(before, instance, "an earlier start did not finish");
        }
        return new Action.Fail(
                instance,
                Cause.CONTAINER,
                instance.failures(),
                situation.now(),
                "revision %d was superseded before it started".formatted(instance.revision()));
    }

    private void running(Instance instance, @Nullable Container container) {
        if (container == null) {
            actions.add(fail(instance, "the container no longer exists"));
        } else if (!container.alive()) {
            actions.add(fail(instance, "the container exited"));
        } else if (container.state() == Container.State.PAUSED) {
            actions.add(fail(instance, "the container is paused")); // nginx retries its requests
        } else if (container.state() == Container.State.LEAVING) {
            actions.add(fail(instance, "Docker is ending the container"));
        } else if (moved(instance, container)) {
            actions.add(new Action.Adopt(instance, container, "the container's address changed"));
        } else {
            checked(instance, situation.instanceHealth().get(instance.id()));
            Shares.growsAt(situation.app(), instance, situation.now()).ifPresent(this::lookAgain);
        }
    }

    private void checked(Instance instance, @Nullable InstanceHealth instanceHealth) {
        if (instanceHealth == null) {
            return;
        }
        var known = instanceHealth.ready() ? Health.READY : Health.NOT_READY;
        if (!instanceHealth.alive()) {
            actions.add(
                    Planner.failure(
                            situation.app(),
                            instance,
                            Cause.HEALTH,
                            instanceHealth.reason(),
                            situation.now()));
        } else if (instance.health() != known
                && (known == Health.NOT_READY || mayReturn(instance, instanceHealth))) {
            actions.add(new Action.Mark(instance, instanceHealth.ready(), instanceHealth.reason()));
        }
    }

    /**
     * Returns whether an instance that passes its readiness check gets requests again. If its
     * readiness changes often, it waits until the check is steady, so that each change does not
     * cost a write, an event and a route table. It does not wait if less than three quarters of the
     * other instances are ready. Otherwise an overload that fails many checks would last longer.
     */
    private boolean mayReturn(Instance instance, InstanceHealth instanceHealth) {
        var others =
                situation.slots().stream()
                        .filter(other -> other.id() != instance.id())
                        .filter(Instance::routable)
                        .count();
        return instanceHealth.steady() || others == 0 || 4 * others < 3L * (situation.wanted() - 1);
    }

    /**
     * Returns whether the container or the container's address changed, for example because another
     * program restarted it.
     */
    private static boolean moved(Instance instance, Container container) {
        return container.state() == Container.State.RUNNING
                && container.address() != null
                && !(container.id().equals(instance.containerId())
                        && container.address().equals(instance.address()));
    }

    /**
     * Stops the instance once it has no requests in flight. After the drain deadline, it is stopped
     * even with requests in flight, but never before the proxy has confirmed that it sends the
     * instance no new requests.
     */
    private void draining(Instance instance, @Nullable Container container) {
        var overdue = instance.overdue(situation.now());
        if (!situation.traffic().withdrawn(instance)) {
            lookAgain(situation.now().plus(DRAIN_GLANCE));
        } else if (container == null || !container.alive()) {
            actions.add(stop(instance, container, "the container exited while it drained"));
        } else if (situation.traffic().drained(instance)
                && !instance.stateSince().plus(STRAGGLERS).isAfter(situation.now())) {
            actions.add(
                    stop(
                            instance,
                            container,
                            overdue
                                    ? "the drain deadline passed: open connections were closed"
                                    : "drained: no requests in flight"));
        } else if (instance.overdue(situation.now().minus(CLOSING))) {
            actions.add(
                    stop(instance, container, "the drain deadline passed with requests in flight"));
        } else {
            lookAgain(situation.now().plus(DRAIN_GLANCE));
        }
    }

    /**
     * Clears the instance once no route names it. Even a container that has exited is kept until
     * then, because Docker may give the address of a removed container to another app's container.
     */
    private void failed(Instance instance, @Nullable Container container) {
        if (situation.traffic().withdrawn(instance)) {
            actions.add(
                    new Action.Clear(
                            situation.app(),
                            instance,
                            container,
                            lastChance(container),
                            instance.reason()));
        } else {
            lookAgain(situation.now().plus(DRAIN_GLANCE));
        }
    }

    /**
     * Returns how long a failed container may take to end after SIGTERM. The time is short, because
     * the next container waits for the slot, and a container that fails its checks seldom ends by
     * itself.
     */
    private Duration lastChance(@Nullable Container container) {
        var grace = situation.app().spec().stopGrace();
        return container == null
                        || !container.alive()
                        || container.state() == Container.State.PAUSED
                ? Duration.ZERO
                : grace.compareTo(LAST_CHANCE) < 0 ? grace : LAST_CHANCE;
    }

    private Action stop(Instance instance, @Nullable Container container, String reason) {
        return new Action.Stop(situation.app(), instance, container, reason);
    }

    private Action fail(Instance instance, String reason) {
        return Planner.failure(situation.app(), instance, Cause.CONTAINER, reason, situation.now());
    }

    private void lookAgain(Instant at) {
        lookAgainAt = Planner.earlier(lookAgainAt, Optional.of(at));
    }
}
