package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Simulates the rows of one app, the changes that operators make to it, and how its revisions
 * answer requests.
 */
final class SimulatedApp {
    static final int SLOTS = 12;
    private static final List<Rollout> POLICIES =
            List.of(
                    Fixtures.rollout(1, 0),
                    RolloutPlannerTest.policy(Strategy.BLUE_GREEN, List.of()),
                    RolloutPlannerTest.policy(
                            Strategy.ROLLING,
                            List.of(
                                    new Step(10, Duration.ofSeconds(2)),
                                    new Step(60, Duration.ofSeconds(2)))));

    private final AppRows rows;
    private Rollout policy = Fixtures.rollout(1, 0);
    private CanaryComparison comparison = CanaryComparison.NONE;
    private boolean bounded;
    private App replicated;
    private List<Instance> replicatedSlots = List.of();

    SimulatedApp(String name, LongSupplier ids) {
        replicated = Fixtures.app(name, 3, 1, Intent.RUN, policy);
        rows = new AppRows(replicated, null, List.of(), ids);
    }

    /** Simulates that the standby receives all rows. */
    void replicate() {
        replicated = now();
        replicatedSlots = slots();
    }

    /** Simulates a failover to the standby, which lacks the latest rows. */
    void failOver() {
        rows.replace(replicated, replicatedSlots);
    }

    App now() {
        return rows.app();
    }

    @Nullable App before() {
        return rows.before();
    }

    String name() {
        return now().name();
    }

    List<Instance> slots() {
        return rows.slots();
    }

    CanaryComparison comparison() {
        return comparison;
    }

    Optional<Instance> apply(Effect effect, Instant now) {
        return rows.apply(effect, now);
    }

    /** Returns the instance with this id, if it still has its slot. */
    Optional<Instance> instance(long id) {
        return rows.instance(id);
    }

    /** Selects the names of this app's slots and returns their indexes. */
    Set<Integer> indexes(Set<String> names) {
        var prefix = name() + "-";
        return names.stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .filter(index -> index.chars().allMatch(Character::isDigit)) // not those of "web-1"
                .map(Integer::valueOf)
                .collect(Collectors.toSet());
    }

    /** Returns all times in the rows. */
    Stream<Instant> times() {
        return Stream.concat(
                Stream.of(now().updatedAt()), slots().stream().map(Instance::changedAt));
    }

    /**
     * Fails if a time in the rows is later than the time at which a new leader begins. The leader
     * would otherwise wait until that time before its deadlines begin to count.
     *
     * @param now when the leader begins
     */
    void checkTimes(Instant now) {
        for (var slot : slots()) {
            var ready = slot.readySince();
            if (slot.stateSince().isAfter(now) || (ready != null && ready.isAfter(now))) {
                throw new AssertionError("at %s a leader begins and reads %s".formatted(now, slot));
            }
        }
    }

    /** Makes a random change, as an operator may at any time. */
    void operator(Random random, Instant now) {
        var app = now();
        switch (random.nextInt(7)) {
            case 0 -> want(random.nextInt(SLOTS), app.intent(), now);
            case 1 -> newRevision(now);
            case 2 -> want(app.replicas(), random.nextInt(3) == 0 ? Intent.STOP : Intent.RUN, now);
            case 3 -> pauseOrResume(now);
            case 4 -> rolloutBy(POLICIES.get(random.nextInt(POLICIES.size())), now);
            case 5 -> restart(now);
            case 6 -> rows.put(now().renewed(now)); // applied again after its tag has moved
            default -> throw new IllegalStateException();
        }
    }

    private void want(int replicas, Intent intent, Instant now) {
        rows.put(now().wanting(intent, replicas, now().restart(), now));
    }

    private void restart(Instant now) {
        rows.put(now().wanting(now().intent(), now().replicas(), now().restart() + 1, now));
    }

    void newRevision(Instant now) {
        revise("web:" + (now().revision() + 1), now);
    }

    /**
     * Sets the rollout policy in a new revision of the app. A revision that changes only the policy
     * replaces no instance.
     */
    void rolloutBy(Rollout policy, Instant now) {
        this.policy = policy;
        revise(now().spec().image(), now);
    }

    private void revise(String image, Instant now) {
        rows.put(
                now().revised(
                                Fixtures.spec(name(), image, policy),
                                now().replicas(),
                                before(),
                                now));
    }

    private void pauseOrResume(Instant now) {
        var rollout = now().rollout();
        if (rollout != null) {
            rows.put(now().rolling(rollout.paused(!rollout.paused(), "asked for", now), now));
        }
    }

    void resume(Instant now) {
        var rollout = now().rollout();
        if (rollout != null && rollout.paused()) {
            pauseOrResume(now);
        }
    }

    /** Makes the proxy's counts show that half of the requests to the new revision fail. */
    void freshFails() {
        comparison =
                new CanaryComparison(
                        new CanaryComparison.Answers(100, 50, Duration.ZERO),
                        new CanaryComparison.Answers(100, 0, Duration.ZERO));
    }

    void watchBounds() {
        bounded = true;
    }

    /** Returns whether exactly the desired instances exist, ready and of the newest revision. */
    boolean atPeace() {
        return now().rollout() == null
                && slots().size() == now().wanted()
                && slots().stream().allMatch(slot -> slot.routable() && slot.upToDate(now()));
    }

    /**
     * Fails if two slots have the same instance id, if a slot refers to a revision that has no row,
     * or if a container runs another image than that of its slot's revision. After {@link
     * #watchBounds}, also fails if a rollout breaks its bounds.
     *
     * @param images the image that each instance's container runs, by instance id
     * @param routed ids of the instances that get requests
     */
    void check(Map<Long, String> images, Set<Long> routed) {
        var ids = new HashSet<Long>();
        for (var slot : slots()) {
            if (!ids.add(slot.id())) {
                throw new AssertionError("two slots with the id of " + slot);
            }
            var template = Objects.requireNonNull(rows.revision(slot.template()));
            var image = images.get(slot.id());
            if (image != null && !image.equals(template.spec().image())) {
                throw new AssertionError(
                        "%s runs %s, recorded as %s".formatted(slot, image, template));
            }
        }
        if (bounded) {
            checkBounds(routed);
        }
    }

    private void checkBounds(Set<Long> routed) {
        var wanted = now().wanted();
        var there =
                slots().stream()
                        .filter(slot ->
                                slot.state() != State.DRAINING && slot.state() != State.STOPPING)
                        .count();
        if (there > now().reach()) {
            throw new AssertionError(
                    "%d slots of at most %d for %d wanted".formatted(there, now().reach(), wanted));
        }
        var serving = slots().stream().filter(slot -> routed.contains(slot.id())).count();
        if (serving < wanted - policy.maxUnavailable()) {
            throw new AssertionError("only %d routed of %d wanted".formatted(serving, wanted));
        }
    }

    /**
     * Fails if a canary gets more of the traffic than its ready instances can carry, or if
     * blue/green sends all traffic to a revision that cannot carry it.
     *
     * @param shares each instance's share of the traffic, by instance id
     */
    void checkShares(Map<Long, Integer> shares) {
        if (before() == null) {
            return;
        }
        var routable = slots().stream().filter(slot -> shares.containsKey(slot.id())).toList();
        var fresh = routable.stream().filter(slot -> slot.template() == now().template()).toList();
        var old = routable.stream().filter(slot -> !fresh.contains(slot)).toList();
        if (fresh.isEmpty() || old.isEmpty()) {
            return;
        }
        switch (now().spec().rollout().strategy()) {
            case BLUE_GREEN -> checkSides(shares, Math.max(fresh.size(), old.size()));
            case ROLLING -> checkCanary(shares, fresh);
        }
    }

    private void checkSides(Map<Long, Integer> shares, int most) {
        var serving = shares.values().stream().filter(share -> share > 0).count();
        if (serving < Math.min(most, 0.8 * now().wanted())) {
            throw new AssertionError(
                    "only %d instances serve, %d are ready".formatted(serving, most));
        }
    }

    private void checkCanary(Map<Long, Integer> shares, List<Instance> fresh) {
        var each = fresh.stream().mapToInt(slot -> shares.get(slot.id())).max().orElse(0);
        var all = shares.values().stream().mapToInt(Integer::intValue).sum();
        var rollout = now().rollout();
        var canary = rollout != null && rollout.step() < now().spec().rollout().steps().size();
        if (canary && each * now().wanted() > 1.05 * all + now().wanted()) {
            throw new AssertionError(
                    "one canary gets %d of %d with %d desired"
                            .formatted(each, all, now().wanted()));
        }
    }

    @Override
    public String toString() {
        return "%s: %s wanted of %s, slots %s"
                .formatted(name(), now().wanted(), now().revision(), slots());
    }
}
