package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import io.autoserve.model.Instance.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares the slots of an app with the desired number of instances. It starts instances that are
 * missing, drains surplus ones, and replaces instances during a rollout.
 *
 * <p>In a rolling rollout, the bounds are those of a Kubernetes Deployment. There are never more
 * than desired + maxSurge slots, and AutoServe never takes the available instances below desired -
 * maxUnavailable. While both revisions serve side by side, as in a canary or blue/green, each
 * revision has its own desired number of instances.
 */
final class ReplicaPlanner {
    /**
     * Orders slots by how little is lost without them: empty slots first, then instances that are
     * not ready, then the newest.
     */
    private static final Comparator<Instance> LEAST_LOSS =
            Comparator.comparing((Instance slot) -> slot.state() == State.RUNNING)
                    .thenComparing(slot -> slot.health() == Health.READY)
                    .thenComparing(Comparator.comparingInt(Instance::index).reversed());

    /** The desired numbers of instances: of the new revision and of the previous one. */
    sealed interface Aim {
        int fresh();

        /** Old instances are replaced as fast as the bounds allow. */
        record Replace(int fresh) implements Aim {}

        /** Both revisions keep the given numbers of instances. */
        record Beside(int fresh, int old, App before) implements Aim {}

        static Aim of(Situation situation) {
            var app = situation.app();
            var rollout = app.rollout();
            var before = situation.before();
            var wanted = situation.wanted();
            if (wanted > 0 && ReleasePlanner.holds(situation)) {
                return held(situation, wanted);
            }
            if (rollout == null || before == null || wanted == 0) {
                return new Replace(wanted);
            }
            var policy = app.spec().rollout();
            if (policy.strategy() == Strategy.BLUE_GREEN) {
                return new Beside(wanted, wanted, before);
            }
            if (rollout.step() < policy.steps().size()) {
                var step = policy.steps().get(rollout.step());
                return new Beside(step.canary(wanted), wanted, before);
            }
            if (rollout.paused()) {
                var there =
                        situation.slots().stream()
                                .filter(ReplicaPlanner::staying)
                                .filter(situation::fresh)
                                .count();
                var fresh = (int) Math.min(there, wanted);
                return new Beside(fresh, wanted - fresh, before);
            }
            return new Replace(wanted);
        }

        /**
         * The new revision waits for its release command. The old one keeps its instances, if it
         * may have any.
         */
        private static Aim held(Situation situation, int wanted) {
            var before = situation.before();
            var release = situation.release();
            return before != null && release != null && !release.unreleasedBefore()
                    ? new Beside(0, wanted, before)
                    : new Beside(0, 0, situation.app());
        }
    }

    private final Situation situation;
    private final App app;
    private final int wanted;
    private final List<Instance> staying;
    private final List<Instance> stale;
    private final List<Action> actions = new ArrayList<>();
    private Optional<Instant> lookAgainAt = Optional.empty();

    ReplicaPlanner(Situation situation) {
        this.situation = situation;
        app = situation.app();
        wanted = situation.wanted();
        staying = situation.slots().stream().filter(ReplicaPlanner::staying).toList();
        stale = staying.stream().filter(this::stale).toList();
    }

    Plan count() {
        switch (Aim.of(situation)) {
            case Aim.Replace _ -> replace();
            case Aim.Beside(var fresh, var old, var before) -> keepBeside(fresh, old, before);
        }
        return new Plan(actions, lookAgainAt);
    }

    private void replace() {
        var fresh = staying.stream().filter(slot -> !stale(slot)).toList();
        dropSurplus(fresh, wanted, surplusReason(fresh.size()));
        fillEmptySlots(fresh, wanted, app);
        var surge = stale.isEmpty() ? 0 : app.spec().rollout().maxSurge();
        var present = fresh.size() + beginning();
        var room = wanted + surge - present - stale.size();
        addSlots(
                Math.min(wanted - present, room),
                app,
                stale.isEmpty()
                        ? "%d desired, %d running".formatted(wanted, fresh.size())
                        : "replaces %s".formatted(stale.getFirst().name()));
        replaceStale(stale, wanted - app.spec().rollout().maxUnavailable());
    }

    /**
     * Gives both revisions their desired numbers of instances. Replaces instances of any other
     * revision, which an earlier, interrupted rollout left behind. They leave one by one, as the
     * instances of both revisions become ready.
     */
    private void keepBeside(int freshAim, int oldAim, App before) {
        var fresh = staying.stream().filter(situation::fresh).toList();
        var old =
                staying.stream()
                        .filter(slot -> !fresh.contains(slot))
                        .filter(slot -> slot.template() == before.template())
                        .filter(slot -> !situation.otherImage(slot))
                        .toList();
        var others =
                staying.stream()
                        .filter(slot -> !fresh.contains(slot) && !old.contains(slot))
                        .toList();
        dropSurplus(fresh, freshAim, tooMany(freshAim, fresh.size(), app));
        dropSpare(old, oldAim, tooMany(oldAim, old.size(), before));
        fillEmptySlots(fresh, freshAim, app);
        fillEmptySlots(old, oldAim, before);
        var beginning = (int) beginning();
        var missingOld = oldAim - old.size();
        addSlots(missingOld - beginning, before, tooFew(oldAim, old.size(), before));
        var spoken = Math.max(0, beginning - Math.max(0, missingOld));
        addSlots(freshAim - fresh.size() - spoken, app, tooFew(freshAim, fresh.size(), app));
        replaceStale(others, freshAim + oldAim);
    }

    private static String tooMany(int wanted, int there, App app) {
        return "%d desired of revision %d, but %d running".formatted(wanted, app.revision(), there);
    }

    private static String tooFew(int wanted, int there, App app) {
        return "%d of %d instances of revision %d running".formatted(there, wanted, app.revision());
    }

    private void dropSurplus(List<Instance> slots, int wanted, String reason) {
        slots.stream()
                .sorted(LEAST_LOSS)
                .limit(Math.max(0, slots.size() - wanted))
                .forEach(slot -> letGo(slot, reason));
    }

    /**
     * Drops surplus old instances, but no ready one that the app needs because new instances are
     * not available yet.
     */
    private void dropSpare(List<Instance> slots, int aim, String reason) {
        var spare = new ArrayList<Instance>();
        var left = serving() - wanted;
        for (var slot : slots.stream().sorted(LEAST_LOSS).toList()) {
            if (spare.size() < slots.size() - aim && (!ready(slot) || left-- > 0)) {
                spare.add(slot);
            }
        }
        spare.forEach(slot -> letGo(slot, reason));
    }

    private String surplusReason(int there) {
        return switch (app.intent()) {
            case RUN ->
                    situation.node().drained()
                            ? "node %s is drained".formatted(situation.node().name())
                            : "%d desired, %d running".formatted(wanted, there);
            case STOP -> "the app is stopped";
            case DELETE -> "the app is deleted";
        };
    }

    private void fillEmptySlots(List<Instance> slots, int wanted, App next) {
        slots.stream()
                .sorted(LEAST_LOSS.reversed())
                .limit(wanted)
                .filter(slot -> slot.state() == State.PENDING && free(slot.index()))
                .forEach(slot -> refill(slot, next));
    }

    /**
     * Starts the slot's next occupant, or waits until the slot's back-off is over. If another
     * revision failed in the slot, the next occupant starts at once.
     */
    private void refill(Instance slot, App next) {
        var retryAt = slot.retryAt();
        if (retryAt == null
                || !retryAt.isAfter(situation.now())
                || slot.template() != next.template()) {
            actions.add(
                    new Action.Start(
                            next,
                            slot.index(),
                            Action.Start.Cause.REPAIR,
                            "replaces a failed instance: " + slot.reason()));
        } else {
            lookAgain(retryAt);
        }
    }

    private void addSlots(long missing, App next, String reason) {
        freeIndexes()
                .limit(Math.max(0, missing))
                .forEach(index ->
                        actions.add(
                                new Action.Start(next, index, Action.Start.Cause.GROWTH, reason)));
    }

    /** Counts the starts under way whose slots are not recorded yet. */
    private long beginning() {
        return situation.starting().stream()
                .filter(index ->
                        situation.slots().stream().noneMatch(slot -> slot.index() == index))
                .count();
    }

    private IntStream freeIndexes() {
        Set<Integer> taken =
                Stream.concat(
                                situation.slots().stream().map(Instance::index),
                                actions.stream()
                                        .map(ReplicaPlanner::started)
                                        .filter(Objects::nonNull))
                        .collect(Collectors.toSet());
        return IntStream.iterate(0, index -> index + 1)
                .filter(index -> !taken.contains(index) && free(index));
    }

    private static @Nullable Integer started(Action action) {
        return action instanceof Action.Start(_, var index, _, _) ? index : null;
    }

    private void replaceStale(List<Instance> slots, int needed) {
        slots.stream().filter(slot -> !ready(slot)).forEach(slot -> letGo(slot, why(slot)));

        slots.stream()
                .filter(ReplicaPlanner::ready)
                .limit(Math.max(0, serving() - needed))
                .forEach(slot -> letGo(slot, why(slot)));
    }

    private long serving() {
        return situation.slots().stream().filter(this::serving).count();
    }

    /**
     * Returns whether the instance counts as serving. A new instance counts once it is available.
     * An old instance counts as long as it is ready.
     */
    private boolean serving(Instance slot) {
        return stale(slot) ? ready(slot) : available(slot);
    }

    private static boolean ready(Instance slot) {
        return slot.state() == State.RUNNING && slot.health() == Health.READY;
    }

    private String why(Instance staleSlot) {
        if (wanted == 0) {
            return surplusReason(0);
        }
        if (staleSlot.template() != app.template()) {
            return "replaced by revision %d".formatted(app.revision());
        }
        if (situation.otherImage(staleSlot)) {
            return "its image is not the one of revision %d".formatted(app.revision());
        }
        var unreachable = unreachable(staleSlot);
        return unreachable == null ? "restart requested" : unreachable;
    }

    /** Returns why a proxy should get another instance, or null if the instance can stay. */
    private @Nullable String unreachable(Instance slot) {
        return situation.unreachable().get(slot.id());
    }

    /**
     * Drains the instance, or deletes the slot if it is empty. Does nothing while the instance
     * starts or is being removed. A later plan decides again.
     */
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

    /**
     * Returns whether the slot's occupant must be replaced. A slot without an occupant needs no
     * replacement, because its next occupant will be of the new revision.
     */
    private boolean stale(Instance slot) {
        return switch (slot.state()) {
            case STARTING -> !situation.fresh(slot);
            case RUNNING -> !situation.fresh(slot) || unreachable(slot) != null;
            case PENDING, FAILED, DRAINING, STOPPING -> false;
        };
    }

    private boolean available(Instance slot) {
        var at = situation.availableAt(slot);
        if (at != null && at.isAfter(situation.now())) {
            lookAgain(at);
        }
        return situation.available(slot);
    }

    private void lookAgain(Instant at) {
        lookAgainAt = Planner.earlier(lookAgainAt, Optional.of(at));
    }
}
