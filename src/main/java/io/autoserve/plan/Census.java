package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import io.autoserve.model.Instance.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Counts the slots against what is wanted: starts what is missing, drains what is too much, and
 * moves a rollout on. The bounds of a rollout are those of a Kubernetes Deployment: never more than
 * wanted + maxSurge slots, never fewer than wanted - maxUnavailable available ones because of us.
 */
final class Census {
    /** The least loss first: empty slots, then what serves nobody, then the newest. */
    private static final Comparator<Instance> LEAST_LOSS =
            Comparator.comparing((Instance slot) -> slot.state() == State.RUNNING)
                    .thenComparing(slot -> slot.health() == Health.READY)
                    .thenComparing(Comparator.comparingInt(Instance::index).reversed());

    private final Situation situation;
    private final App app;
    private final int wanted;
    private final List<Instance> stale;
    private final List<Instance> fresh;
    private final List<Action> actions = new ArrayList<>();
    private Optional<Instant> lookAgainAt = Optional.empty();

    Census(Situation situation) {
        this.situation = situation;
        app = situation.app();
        wanted = app.wanted();
        stale = situation.slots().stream().filter(this::stale).toList();
        fresh =
                situation.slots().stream()
                        .filter(Census::staying)
                        .filter(slot -> !stale(slot))
                        .toList();
    }

    Plan count() {
        dropSurplus();
        fillEmptySlots();
        addSlots();
        replaceStale();
        return new Plan(actions, lookAgainAt);
    }

    private void dropSurplus() {
        fresh.stream()
                .sorted(LEAST_LOSS)
                .limit(Math.max(0, fresh.size() - wanted))
                .forEach(slot -> letGo(slot, surplusReason()));
    }

    private String surplusReason() {
        return switch (app.intent()) {
            case RUN -> "%d wanted, %d there".formatted(wanted, fresh.size());
            case STOP -> "the app is stopped";
            case DELETE -> "the app is deleted";
        };
    }

    private void fillEmptySlots() {
        fresh.stream()
                .sorted(LEAST_LOSS.reversed())
                .limit(wanted)
                .filter(slot -> slot.state() == State.PENDING && free(slot.index()))
                .forEach(this::refill);
    }

    private void refill(Instance slot) {
        var retryAt = slot.retryAt();
        if (retryAt == null || !retryAt.isAfter(situation.now())) {
            actions.add(new Action.Start(app, slot.index(), "replaces one lost: " + slot.reason()));
        } else {
            lookAgain(retryAt);
        }
    }

    private void addSlots() {
        var surge = stale.isEmpty() ? 0 : app.spec().rollout().maxSurge();
        var present = fresh.size() + beginning();
        var room = wanted + surge - present - stale.size();
        var missing = wanted - present;
        freeIndexes()
                .limit(Math.max(0, Math.min(missing, room)))
                .forEach(index -> actions.add(new Action.Start(app, index, startReason())));
    }

    /** Starts under way whose slots are not recorded yet. */
    private long beginning() {
        return situation.busy().stream()
                .filter(index ->
                        situation.slots().stream().noneMatch(slot -> slot.index() == index))
                .count();
    }

    private String startReason() {
        return stale.isEmpty()
                ? "%d wanted, %d there".formatted(wanted, fresh.size())
                : "takes over from %s".formatted(stale.getFirst().name());
    }

    private IntStream freeIndexes() {
        Set<Integer> taken =
                situation.slots().stream().map(Instance::index).collect(Collectors.toSet());
        return IntStream.iterate(0, index -> index + 1)
                .filter(index -> !taken.contains(index) && free(index));
    }

    private void replaceStale() {
        stale.stream().filter(slot -> !available(slot)).forEach(slot -> letGo(slot, why(slot)));

        var available = situation.slots().stream().filter(this::available).count();
        var needed = wanted - app.spec().rollout().maxUnavailable();
        stale.stream()
                .filter(this::available)
                .limit(Math.max(0, available - needed))
                .forEach(slot -> letGo(slot, why(slot)));
    }

    private String why(Instance staleSlot) {
        if (wanted == 0) {
            return surplusReason();
        }
        return staleSlot.revision() < app.template()
                ? "replaced by revision %d".formatted(app.revision())
                : "restart asked for";
    }

    /** One that is being started, or cleared, is let go when that has ended. */
    private void letGo(Instance slot, String reason) {
        if (!free(slot.index())) {
            return;
        }
        switch (slot.state()) {
            case RUNNING ->
                    actions.add(
                            new Action.Drain(
                                    slot,
                                    situation.now().plus(app.spec().rollout().drain()),
                                    reason));
            case PENDING -> actions.add(new Action.Vacate(slot, reason));
            case STARTING, FAILED, DRAINING, STOPPING -> {}
        }
    }

    private boolean free(int index) {
        return !situation.busy().contains(index);
    }

    private static boolean staying(Instance slot) {
        return switch (slot.state()) {
            case PENDING, STARTING, RUNNING, FAILED -> true;
            case DRAINING, STOPPING -> false;
        };
    }

    /** A slot without an occupant is never stale: its next one is of the present revision. */
    private boolean stale(Instance slot) {
        return switch (slot.state()) {
            case STARTING, RUNNING -> !slot.upToDate(app);
            case PENDING, FAILED, DRAINING, STOPPING -> false;
        };
    }

    private boolean available(Instance slot) {
        var readySince = slot.readySince();
        if (slot.state() != State.RUNNING || readySince == null) {
            return false;
        }
        var availableAt = readySince.plus(app.spec().rollout().minReady());
        if (availableAt.isAfter(situation.now())) {
            lookAgain(availableAt);
            return false;
        }
        return true;
    }

    private void lookAgain(Instant at) {
        lookAgainAt = Planner.earlier(lookAgainAt, Optional.of(at));
    }
}
