package io.autoserve.plan;

import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Judges each slot by itself: what follows from its state and from what is seen of it. */
final class Judge {
    /** How often to ask the proxy while something drains. */
    private static final Duration DRAIN_GLANCE = Duration.ofMillis(100);

    /** A worker of the proxy may have been preempted while it chose by the routes before. */
    private static final Duration STRAGGLERS = Duration.ofMillis(100);

    /** For the proxy, after the deadline, to close downloads and WebSockets. */
    private static final Duration CLOSING = Duration.ofSeconds(1);

    private static final Duration LAST_CHANCE = Duration.ofSeconds(1);

    private final Situation situation;
    private final List<Action> actions = new ArrayList<>();
    private Optional<Instant> lookAgainAt = Optional.empty();

    Judge(Situation situation) {
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
            case STOPPING -> actions.add(stop(instance, container, "its stop was not finished"));
            case FAILED -> failed(instance, container);
            case PENDING -> {} // whether it gets an occupant depends on the others: see Census
        }
    }

    private void starting(Instance instance, @Nullable Container container) {
        if (container == null || container.state() == Container.State.CREATED) {
            actions.add(new Action.Resume(situation.app(), instance, "its start was not finished"));
        } else if (container.alive()) {
            actions.add(new Action.Adopt(instance, container, "its container runs"));
        } else {
            actions.add(fail(instance, "its container ended while it was starting"));
        }
    }

    private void running(Instance instance, @Nullable Container container) {
        if (container == null) {
            actions.add(fail(instance, "its container is gone"));
        } else if (!container.alive()) {
            actions.add(fail(instance, "its container ended"));
        } else if (container.state() == Container.State.PAUSED) {
            actions.add(fail(instance, "its container is frozen")); // what it holds is repeated
        } else if (moved(instance, container)) {
            actions.add(new Action.Adopt(instance, container, "its address changed"));
        } else {
            checked(instance, situation.vitals().get(instance.id()));
            Shares.growsAt(situation.app(), instance, situation.now()).ifPresent(this::lookAgain);
        }
    }

    private void checked(Instance instance, @Nullable Vitals vitals) {
        if (vitals == null) {
            return;
        }
        var ready = instance.health() == Health.READY;
        if (!vitals.alive()) {
            actions.add(fail(instance, vitals.reason()));
        } else if (vitals.ready() != ready) {
            actions.add(new Action.Mark(instance, vitals.ready(), vitals.reason()));
        }
    }

    /** Something else than us may have restarted it. */
    private static boolean moved(Instance instance, Container container) {
        return container.state() == Container.State.RUNNING
                && container.address() != null
                && !(container.id().equals(instance.containerId())
                        && container.address().equals(instance.address()));
    }

    private void draining(Instance instance, @Nullable Container container) {
        var overdue = instance.overdue(situation.now());
        if (container == null || !container.alive()) {
            actions.add(stop(instance, container, "its container ended while it drained"));
        } else if (situation.traffic().drained(instance.id())
                && !instance.stateSince().plus(STRAGGLERS).isAfter(situation.now())) {
            actions.add(
                    stop(
                            instance,
                            container,
                            overdue
                                    ? "drain deadline passed: what was open is closed"
                                    : "drained: nothing in flight"));
        } else if (instance.overdue(situation.now().minus(CLOSING))) {
            actions.add(stop(instance, container, "drain deadline passed with requests in flight"));
        } else {
            lookAgain(situation.now().plus(DRAIN_GLANCE));
        }
    }

    /** Even a dead one is left alone until no route names it: its address may be another's next. */
    private void failed(Instance instance, @Nullable Container container) {
        var gaveUp = !instance.stateSince().plus(drain()).isAfter(situation.now());
        if (situation.traffic().withdrawn(instance.id()) || gaveUp) {
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

    /** Its successor waits for the slot, and what fails its checks seldom ends well. */
    private Duration lastChance(@Nullable Container container) {
        var grace = situation.app().spec().stopGrace();
        return container == null || container.state() != Container.State.RUNNING
                ? Duration.ZERO
                : grace.compareTo(LAST_CHANCE) < 0 ? grace : LAST_CHANCE;
    }

    private Duration drain() {
        return situation.app().spec().rollout().drain();
    }

    private Action stop(Instance instance, @Nullable Container container, String reason) {
        return new Action.Stop(situation.app(), instance, container, reason);
    }

    private Action fail(Instance instance, String reason) {
        return Planner.failure(situation.app(), instance, reason, situation.now());
    }

    private void lookAgain(Instant at) {
        lookAgainAt = Planner.earlier(lookAgainAt, Optional.of(at));
    }
}
