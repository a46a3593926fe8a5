package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Node;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Simulates an engine, a proxy, health checks and the database's rows in memory. The actions of a
 * plan change the simulated parts as they would change the real ones. A test can also make the
 * parts fail.
 */
final class SimulatedWorld {
    private static final int SLOTS = 12;
    private static final int NO_SLOT = -1;
    private static final List<Rollout> POLICIES =
            List.of(
                    Fixtures.rollout(1, 0),
                    RolloutPlannerTest.policy(Strategy.BLUE_GREEN, List.of()),
                    RolloutPlannerTest.policy(
                            Strategy.ROLLING,
                            List.of(
                                    new Step(10, Duration.ofSeconds(2)),
                                    new Step(60, Duration.ofSeconds(2)))));

    private final Random random;
    private final boolean faults;
    private Rollout rollout = Fixtures.rollout(1, 0);
    private App app = Fixtures.app("web", 3, 1, Intent.RUN, rollout);
    private final Map<Integer, App> revisions = new HashMap<>(Map.of(1, app));
    private CanaryComparison comparison = CanaryComparison.NONE;
    private Node node = Node.untouched("here");
    private final Map<Integer, Instance> slots = new TreeMap<>();
    private final Map<String, Container> containers = new HashMap<>();
    private final Map<Long, String> images = new HashMap<>();
    private final Map<Long, InstanceHealth> instanceHealth = new HashMap<>();
    private final Map<Long, Integer> inFlight = new HashMap<>();
    private Set<Long> routed = Set.of();
    private final List<Action.OnEngine> underWay = new ArrayList<>();
    private final List<Launched> late = new ArrayList<>();
    private List<Container> listed = List.of();
    private Set<String> busyAtList = Set.of();
    private final SimulatedTime time = new SimulatedTime();
    private Instant now = Fixtures.NOON;
    private long nextId = 1;
    private boolean proxyAway;
    private @Nullable String immortal;
    private boolean clockSteps;
    private boolean bounded;
    private boolean calm = true;

    /** A start that was sent to the engine and that the engine has not carried out yet. */
    private record Launched(Instance instance, String image) {}

    SimulatedWorld(long seed, boolean faults) {
        random = new Random(seed);
        this.faults = faults;
    }

    void rolloutBounds(int surge, int unavailable) {
        rolloutBy(Fixtures.rollout(surge, unavailable));
    }

    /**
     * Sets the rollout policy and registers a new revision of the app, because a new policy alone
     * replaces no instance.
     */
    void rolloutBy(Rollout policy) {
        rollout = policy;
        revise(app.spec().image());
    }

    void newRevision() {
        revise("web:" + (app.revision() + 1));
    }

    /**
     * Makes the proxy's counts report that half of the requests to the new revision fail, or with
     * {@code false} that none do.
     */
    void freshFail(boolean fail) {
        comparison =
                fail
                        ? new CanaryComparison(
                                new CanaryComparison.Answers(100, 50, Duration.ZERO),
                                new CanaryComparison.Answers(100, 0, Duration.ZERO))
                        : CanaryComparison.NONE;
    }

    String image() {
        return app.spec().image();
    }

    App.@Nullable Rollout rollout() {
        return app.rollout();
    }

    private void revise(String image) {
        revised(app.revised(Fixtures.spec("web", image, rollout), app.replicas(), before(), now));
    }

    private void revised(App next) {
        app = next;
        revisions.put(next.revision(), next);
    }

    private @Nullable App before() {
        var under = app.rollout();
        return under == null ? null : revisions.get(under.from());
    }

    void watchBounds() {
        bounded = true;
    }

    /** Adds a container without a row. The engine never answers the call that removes it. */
    void immortalOrphan() {
        var orphan = stray();
        containers.put(orphan.name(), orphan);
        immortal = orphan.name();
    }

    /** From now on, somebody sets the machine's clock again and again. */
    void setClocks() {
        clockSteps = true;
    }

    private void want(int replicas, Intent intent) {
        app = app.wanting(intent, replicas, app.restart(), now);
    }

    /** Causes one random problem or one change by an operator, or nothing. */
    void trouble() {
        calm = false;
        switch (random.nextInt(19)) {
            case 0 -> want(random.nextInt(SLOTS), app.intent());
            case 1 -> newRevision();
            case 2 -> want(app.replicas(), random.nextInt(3) == 0 ? Intent.STOP : Intent.RUN);
            case 3 -> anyContainer(container -> put(container, Container.State.EXITED));
            case 4 -> anyContainer(container -> containers.remove(container.name()));
            case 5 ->
                    anyContainer(container ->
                            instanceHealth.put(
                                    container.instanceId(),
                                    new InstanceHealth(false, false, "sick")));
            case 6 -> leaderDies();
            case 7 -> containers.put("web-99", stray());
            case 8 -> operator();
            case 9 -> drained(!node.drained());
            case 10 -> proxyAway = !proxyAway;
            case 11 -> anyContainer(container -> containers.put("copy", copy(container)));
            case 12 -> policyChanges();
            case 13 -> proxyAway = false;
            case 14 -> setClock();
            case 15 -> app = app.wanting(app.intent(), app.replicas(), app.restart() + 1, now);
            default -> {}
        }
    }

    /**
     * Simulates the death of the leader after it has claimed its actions. Some of its calls never
     * reach the engine. The engine carries out the others later, and nobody records their outcome.
     */
    private void leaderDies() {
        for (var action : underWay) {
            if (action instanceof Action.Start(var as, var index, _, _) && random.nextBoolean()) {
                var claimed = Objects.requireNonNull(slots.get(index));
                late.add(new Launched(claimed, as.spec().image()));
            }
        }
        underWay.clear();
        now =
                time.newLeader(
                        Stream.concat(
                                        Stream.of(app.updatedAt()),
                                        slots.values().stream().map(Instance::changedAt))
                                .toList());
    }

    private void setClock() {
        time.set(random.nextBoolean() ? Duration.ofHours(-1) : Duration.ofMinutes(10));
    }

    /** Simulates an operator who changes the strategy or the steps, perhaps during a rollout. */
    private void policyChanges() {
        rollout = POLICIES.get(random.nextInt(POLICIES.size()));
        revise(app.spec().image());
    }

    /**
     * Simulates {@code docker commit} and {@code docker run}, which copy the labels of a container.
     */
    private static Container copy(Container original) {
        return new Container(
                "id-of-copy",
                "copy",
                original.app(),
                original.index(),
                original.instanceId(),
                original.revision(),
                original.epoch(),
                Container.State.EXITED,
                null,
                original.createdAt());
    }

    private void operator() {
        var under = app.rollout();
        if (under != null) {
            app = app.rolling(under.paused(!under.paused(), "asked for", now), now);
        } else {
            app = app.wanting(app.intent(), app.replicas(), app.restart() + 1, now);
        }
    }

    void drained(boolean drained) {
        node = new Node("here", drained, now, "ann");
    }

    private void resume() {
        var under = app.rollout();
        if (under != null && under.paused()) {
            app = app.rolling(under.paused(false, "asked for", now), now);
        }
    }

    private void anyContainer(Consumer<Container> fate) {
        containers.values().stream().skip(random.nextInt(SLOTS)).findFirst().ifPresent(fate);
    }

    private Container stray() {
        var ghost = Instance.starting(9_999, app, 99, null, "stray", now);
        return Fixtures.container(ghost);
    }

    void step() {
        now = time.pass(Duration.ofMillis(200 + random.nextInt(2_000)));
        if (clockSteps && random.nextInt(10) == 0) {
            setClock();
        }
        users();
        checks();
        list();
        engine();
        pass();
        checkPromises();
    }

    /**
     * Simulates the list of containers that a pass reads first. Actions may end after it, so that
     * the rows are newer than the list. The engine may also list a container twice.
     */
    private void list() {
        busyAtList = busyNames();
        listed = new ArrayList<>(containers.values());
        if (!calm) {
            anyContainer(listed::add);
        }
    }

    /** Simulates users. The instances in the route get new requests, and requests in flight end. */
    private void users() {
        inFlight.replaceAll((_, count) -> random.nextInt(count + 1));
        routed.stream().filter(this::alive).forEach(id -> inFlight.put(id, random.nextInt(3)));
    }

    private boolean alive(long id) {
        return containers.values().stream().anyMatch(c -> c.instanceId() == id && c.alive());
    }

    private void checks() {
        slots.values().stream()
                .filter(slot -> slot.state() == State.RUNNING && random.nextBoolean())
                .forEach(slot ->
                        instanceHealth.putIfAbsent(
                                slot.id(), new InstanceHealth(true, true, "answers")));
    }

    /** Simulates the engine, which finishes some of the actions in progress, in any order. */
    private void engine() {
        late.removeIf(launched -> {
            var done = calm || random.nextInt(3) == 0;
            if (done) {
                createdLate(launched);
            }
            return done;
        });
        for (var action : List.copyOf(underWay)) {
            if (!concernsImmortal(action) && random.nextBoolean()) {
                underWay.remove(action);
                finish(action);
            }
        }
    }

    /**
     * Simulates the engine that carries out a dead leader's call. It creates the container only if
     * the name is free.
     */
    private void createdLate(Launched launched) {
        var container = Fixtures.container(launched.instance);
        if (containers.putIfAbsent(container.name(), container) == null) {
            images.put(launched.instance.id(), launched.image);
        }
    }

    private void pass() {
        var actions = planned();
        for (var rounds = 0;
                actions.stream().anyMatch(Action.OnRecord.class::isInstance);
                rounds++) {
            if (rounds > SLOTS * 4) {
                throw new AssertionError("plans more writes again and again: " + actions);
            }
            actions.forEach(this::record);
            actions = planned();
        }
        if (!proxyAway) {
            var shares = Shares.of(app, before(), List.copyOf(slots.values()), now);
            checkShares(shares);
            routed =
                    shares.entrySet().stream()
                            .filter(share -> share.getValue() > 0)
                            .map(Map.Entry::getKey)
                            .collect(Collectors.toSet());
        }
        for (var action : actions) {
            if (action instanceof Action.OnEngine deed) {
                begin(deed);
            }
        }
        var known = slots.values().stream().map(Instance::id).collect(Collectors.toSet());
        var busy = busyNames();
        busy.addAll(busyAtList);
        Planner.orphans(occupants().strays(), known, traffic(), busy).forEach(this::begin);
    }

    /**
     * Fails if a canary gets more of the traffic than its ready instances can carry, or if
     * blue/green sends everything to a side that cannot carry it.
     */
    private void checkShares(Map<Long, Integer> shares) {
        if (before() == null) {
            return;
        }
        var routable =
                slots.values().stream().filter(slot -> shares.containsKey(slot.id())).toList();
        var fresh = routable.stream().filter(slot -> slot.template() == app.template()).toList();
        var old = routable.stream().filter(slot -> !fresh.contains(slot)).toList();
        var serving = shares.values().stream().filter(share -> share > 0).count();
        var all = shares.values().stream().mapToInt(Integer::intValue).sum();
        if (fresh.isEmpty() || old.isEmpty()) {
            return;
        }
        switch (app.spec().rollout().strategy()) {
            case BLUE_GREEN -> {
                var most = Math.max(fresh.size(), old.size());
                if (serving < Math.min(most, 0.8 * app.wanted())) {
                    throw new AssertionError(
                            "only %d instances serve, %d are ready".formatted(serving, most));
                }
            }
            case ROLLING -> {
                var each = fresh.stream().mapToInt(slot -> shares.get(slot.id())).max().orElse(0);
                var under = app.rollout();
                var canary = under != null && under.step() < app.spec().rollout().steps().size();
                if (canary && each * app.wanted() > 1.05 * all + app.wanted()) {
                    throw new AssertionError(
                            "one canary gets %d of %d with %d desired"
                                    .formatted(each, all, app.wanted()));
                }
            }
        }
    }

    private Occupants occupants() {
        return Occupants.of(slots.values(), listed);
    }

    private Traffic traffic() {
        return proxyAway ? new Traffic.Unknown() : new Traffic.Known(routed, Map.copyOf(inFlight));
    }

    List<Action> planned() {
        var busy =
                busyAtList.stream()
                        .filter(name -> name.matches("web-[0-9]+"))
                        .map(name -> Integer.valueOf(name.substring("web-".length())))
                        .collect(Collectors.toSet());
        underWay.stream().map(SimulatedWorld::index).forEach(busy::add);
        var starting =
                underWay.stream()
                        .filter(Action.Start.class::isInstance)
                        .map(SimulatedWorld::index)
                        .collect(Collectors.toSet());
        return Planner.plan(
                        SituationDraft.of(app, List.copyOf(slots.values()))
                                .before(before())
                                .on(node)
                                .containers(occupants().byInstance())
                                .checked(Map.copyOf(instanceHealth))
                                .traffic(traffic())
                                .compared(comparison)
                                .rolloutSeen(time.sawRollout(app))
                                .busy(busy)
                                .starting(starting)
                                .at(now)
                                .situation())
                .actions();
    }

    private void record(Action action) {
        switch (action) {
            case Action.Adopt(var instance, var container, _) ->
                    slots.put(instance.index(), instance.running(container, now));
            case Action.Fail(var instance, _, var failures, var retryAt, var reason) ->
                    slots.put(instance.index(), instance.failed(failures, retryAt, reason, now));
            case Action.Mark(var instance, var ready, var reason) ->
                    slots.put(instance.index(), instance.checked(ready, reason, now));
            case Action.Drain(var instance, var until, var reason) ->
                    slots.put(instance.index(), instance.draining(until, reason, now));
            case Action.Vacate(var instance, _) -> slots.remove(instance.index());
            case Action.Advance(_, var step, var reason) ->
                    roll(under -> under.step(step, reason, now));
            case Action.Pause(_, var reason) -> roll(under -> under.paused(true, reason, now));
            case Action.Complete _ -> app = app.rolling(null, now);
            case Action.RollBack(_, var before, _) ->
                    revised(app.revised(before.spec(), app.replicas(), before, now));
            case Action.Delete _, Action.OnEngine _ -> {}
        }
    }

    private void roll(UnaryOperator<App.Rollout> step) {
        app = app.rolling(step.apply(Objects.requireNonNull(app.rollout())), now);
    }

    /** Commits the claim for an action, before the engine is called. */
    private void begin(Action.OnEngine action) {
        switch (action) {
            case Action.Start(var as, var index, _, var reason) -> {
                if (node.drained()) {
                    throw new AssertionError("starts on a drained node: " + action);
                }
                var before = slots.get(index);
                if (before != null && before.state() != State.PENDING) {
                    throw new AssertionError("starts in a slot that is taken: " + action);
                }
                slots.put(index, Instance.starting(nextId++, as, index, before, reason, now));
            }
            case Action.Stop(_, var instance, _, var reason) -> {
                mayStop(instance);
                slots.put(instance.index(), instance.stopping(reason, now));
            }
            case Action.Clear(_, var instance, _, _, _) -> {
                if (routed.contains(instance.id())) {
                    throw new AssertionError("cleared while routed: " + instance);
                }
            }
            case Action.Remove(var container, _) -> {
                var known = slots.values().stream().map(Instance::id).toList();
                if (routed.contains(container.instanceId())
                        && !known.contains(container.instanceId())) {
                    throw new AssertionError("removed while routed: " + container);
                }
            }
            case Action.Resume _ -> {}
        }
        underWay.add(action);
    }

    /**
     * Fails if an instance is stopped while requests to it may be in flight. On other platforms,
     * this mistake causes most of the lost requests.
     */
    private void mayStop(Instance instance) {
        var until = instance.drainUntil();
        var inTime = until != null && until.isAfter(now);
        if (routed.contains(instance.id())
                || (inTime
                        && alive(instance.id())
                        && inFlight.getOrDefault(instance.id(), 0) > 0)) {
            throw new AssertionError("stopped while requests may be in flight: " + instance);
        }
    }

    private void finish(Action.OnEngine action) {
        switch (action) {
            case Action.Start(var as, var index, _, _) -> started(as, slots.get(index));
            case Action.Resume(var as, var instance, _) -> started(as, slots.get(instance.index()));
            case Action.Stop(_, var instance, _, _) -> {
                end(instance);
                slots.remove(instance.index());
            }
            case Action.Clear(_, var instance, _, _, _) -> {
                end(instance);
                slots.put(
                        instance.index(),
                        Objects.requireNonNull(slots.get(instance.index())).pending(now));
            }
            case Action.Remove(var container, _) -> {
                if (calm || random.nextBoolean()) { // the engine may fail to remove it
                    containers.remove(container.name());
                }
            }
        }
    }

    private void started(App as, @Nullable Instance instance) {
        if (instance == null || instance.state() != State.STARTING) {
            return;
        }
        if (faults && !calm && random.nextInt(4) == 0) {
            record(
                    Planner.failure(
                            app, instance, Action.Fail.Cause.CONTAINER, "no such image", now));
            return;
        }
        var container = Fixtures.container(instance);
        containers.put(container.name(), container);
        images.put(instance.id(), as.spec().image());
        slots.put(instance.index(), instance.running(container, now));
    }

    private void end(Instance instance) {
        containers.values().removeIf(container -> container.instanceId() == instance.id());
        instanceHealth.remove(instance.id());
        inFlight.remove(instance.id());
    }

    private void put(Container container, Container.State state) {
        containers.put(container.name(), Fixtures.in(state, null, container));
    }

    private void checkPromises() {
        var names = new HashSet<String>();
        containers
                .values()
                .forEach(c -> {
                    if (!names.add(c.name())) {
                        throw new AssertionError("two containers for " + c.name());
                    }
                });
        for (var slot : slots.values()) {
            var made = images.get(slot.id());
            var template = Objects.requireNonNull(revisions.get(slot.template()));
            if (made != null && !made.equals(template.spec().image())) {
                throw new AssertionError(
                        "%s runs %s, recorded as %s".formatted(slot, made, template));
            }
        }
        if (!bounded) {
            return;
        }
        var there =
                slots.values().stream()
                        .filter(slot ->
                                slot.state() != State.DRAINING && slot.state() != State.STOPPING)
                        .count();
        if (there > app.wanted() + mostBeside()) {
            throw new AssertionError(
                    "%d slots for %d wanted and %d beside"
                            .formatted(there, app.wanted(), mostBeside()));
        }
        if (routed.size() < app.wanted() - rollout.maxUnavailable()) {
            throw new AssertionError(
                    "only %d routed of %d wanted".formatted(routed.size(), app.wanted()));
        }
    }

    private int mostBeside() {
        return switch (rollout.strategy()) {
            case BLUE_GREEN -> app.wanted();
            case ROLLING ->
                    rollout.steps().stream()
                            .map(step -> Math.ceilDiv(app.wanted() * step.weight(), 100))
                            .reduce(rollout.maxSurge(), Math::max);
        };
    }

    /**
     * Returns whether exactly the desired instances exist, all of them are ready and up to date,
     * and no action or rollout is under way. Also ends all simulated problems.
     */
    boolean atPeace() {
        calm = true;
        proxyAway = false;
        resume();
        if (node.drained()) {
            drained(false);
        }
        return app.rollout() == null
                && slots.size() == app.wanted()
                && slots.values().stream().allMatch(slot -> slot.routable() && slot.upToDate(app))
                && containers.size() == slots.size() + (immortal == null ? 0 : 1)
                && underWay.stream().allMatch(this::concernsImmortal);
    }

    private boolean concernsImmortal(Action action) {
        return action instanceof Action.Remove(var container, _)
                && container.name().equals(immortal);
    }

    /** Returns whether nothing is left of the app. Also ends all simulated problems. */
    boolean empty() {
        calm = true;
        proxyAway = false;
        return slots.isEmpty() && containers.isEmpty() && underWay.isEmpty();
    }

    private static int index(Action.OnEngine action) {
        return switch (action) {
            case Action.Start(_, var index, _, _) -> index;
            case Action.Resume(_, var instance, _) -> instance.index();
            case Action.Stop(_, var instance, _, _) -> instance.index();
            case Action.Clear(_, var instance, _, _, _) -> instance.index();
            case Action.Remove(var container, _) ->
                    container.name().startsWith("web-") ? container.index() : NO_SLOT;
        };
    }

    private Set<String> busyNames() {
        return underWay.stream()
                .map(action ->
                        action instanceof Action.Remove(var container, _)
                                ? container.name()
                                : Instance.name("web", index(action)))
                .collect(Collectors.toCollection(HashSet::new));
    }

    @Override
    public String toString() {
        return "%s wanted of %s, slots %s, containers %s, under way %s"
                .formatted(
                        app.wanted(),
                        app.revision(),
                        slots.values(),
                        containers.keySet(),
                        underWay);
    }
}
