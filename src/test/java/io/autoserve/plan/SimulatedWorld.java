package io.autoserve.plan;

import static java.util.Objects.requireNonNull;

import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Node;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Simulates apps, an engine, a proxy, users and health checks in memory. The actions of a plan
 * change the simulated parts as they would change the real ones. A test can also make the parts
 * fail.
 */
final class SimulatedWorld {
    private final Random random;
    private final boolean faults;
    private final List<SimulatedApp> apps;
    private final SimulatedEngine engine;
    private final SimulatedTime time = new SimulatedTime();
    private final Map<Long, InstanceHealth> instanceHealth = new HashMap<>();
    private final Map<Long, Integer> inFlight = new HashMap<>();
    private final List<Hand> underWay = new ArrayList<>();
    private Node node = Node.untouched("here");
    private Instant now = Fixtures.NOON;
    private Set<Long> routed = Set.of();
    private List<Container> listed = List.of();
    private Set<String> busyAtList = Set.of();
    private boolean proxyAway;
    private boolean clockSteps;
    private boolean calm = true;

    /**
     * An action that the engine carries out now.
     *
     * @param app null for a container that belongs to no instance
     * @param claimed the instance after the claim was committed; null if the action needs no claim
     */
    private record Hand(
            @Nullable SimulatedApp app, Action.OnEngine action, @Nullable Instance claimed) {
        /** Returns the name of the slot or container that the action is about. */
        String name() {
            return switch (action) {
                case Action.Start(var as, var index, _, _) -> Instance.name(as.name(), index);
                case Action.Resume(_, var instance, _) -> instance.name();
                case Action.Stop(_, var instance, _, _) -> instance.name();
                case Action.Clear(_, var instance, _, _, _) -> instance.name();
                case Action.Remove(var container, _) -> container.name();
                case Action.OfTask ofTask -> ofTask.of().task().containerName();
            };
        }
    }

    /**
     * @param faults whether the engine refuses some starts
     * @param apps names of the apps; a name may begin with another app's name
     */
    SimulatedWorld(long seed, boolean faults, String... apps) {
        random = new Random(seed);
        this.faults = faults;
        engine = new SimulatedEngine(random);
        var lastId = new AtomicLong();
        this.apps =
                List.of(apps).stream()
                        .map(name -> new SimulatedApp(name, lastId::incrementAndGet))
                        .toList();
    }

    /** Returns the first app. */
    SimulatedApp app() {
        return apps.getFirst();
    }

    void rolloutBy(Rollout policy) {
        app().rolloutBy(policy, now);
    }

    void newRevision() {
        app().newRevision(now);
    }

    void immortalOrphan() {
        engine.immortalOrphan();
    }

    /** From now on, sets the machine's clock forward or back at random times. */
    void setClocks() {
        clockSteps = true;
    }

    void drained(boolean drained) {
        node = new Node("here", drained, now, "ann");
    }

    /** Causes one random problem or one change by an operator, or nothing. */
    void trouble() {
        calm = false;
        switch (random.nextInt(19)) {
            case 0, 1, 2, 3, 4, 5 -> anyApp().operator(random, now);
            case 6, 7, 8, 9, 10, 11 -> engine.somebody(this::sicken);
            case 12 -> leaderDies();
            case 13 -> drained(!node.drained());
            case 14 -> proxyAway = !proxyAway;
            case 15 -> proxyAway = false;
            case 16 -> setClock();
            case 17 -> databaseFailsOver();
            default -> {}
        }
    }

    private SimulatedApp anyApp() {
        return apps.get(random.nextInt(apps.size()));
    }

    private void sicken(Container container) {
        instanceHealth.put(container.instanceId(), new InstanceHealth(false, false, "sick"));
    }

    /**
     * Simulates the death of the leader after it has claimed its actions. Some of its calls never
     * reach the engine. The engine carries out the others later, and nobody records their outcome.
     */
    private void leaderDies() {
        for (var hand : underWay) {
            if (hand.action instanceof Action.Start(var as, _, _, _)
                    && hand.claimed != null
                    && random.nextBoolean()) {
                engine.startLater(hand.claimed, as.spec().image());
            }
        }
        underWay.clear();
        now = time.newLeader(apps.stream().flatMap(SimulatedApp::times).toList());
        apps.forEach(app -> app.checkTimes(now));
    }

    /**
     * Simulates a failover of the database to a standby that lacks the latest rows. The proxy still
     * routes to containers whose rows are lost. The next leader finds them without a row.
     */
    private void databaseFailsOver() {
        apps.forEach(SimulatedApp::failOver);
        leaderDies();
    }

    private void setClock() {
        time.set(random.nextBoolean() ? Duration.ofHours(-1) : Duration.ofMinutes(10));
    }

    void step() {
        now = time.pass(Duration.ofMillis(200 + random.nextInt(2_000)));
        if (clockSteps && random.nextInt(10) == 0) {
            setClock();
        }
        if (random.nextInt(5) == 0) {
            apps.forEach(SimulatedApp::replicate);
        }
        users();
        checks();
        busyAtList = busyNames();
        listed = engine.list(calm);
        engine.catchUp(calm);
        finishSome();
        pass();
        apps.forEach(app -> app.check(engine.images(), routed));
    }

    /** Simulates users. The instances in the route get new requests, and requests in flight end. */
    private void users() {
        inFlight.replaceAll((_, count) -> random.nextInt(count + 1));
        routed.stream().filter(engine::alive).forEach(id -> inFlight.put(id, random.nextInt(3)));
    }

    private void checks() {
        apps.stream()
                .flatMap(app -> app.slots().stream())
                .filter(slot -> slot.state() == State.RUNNING && random.nextBoolean())
                .forEach(slot ->
                        instanceHealth.putIfAbsent(
                                slot.id(), new InstanceHealth(true, true, "answers")));
    }

    /** Lets the engine finish some of the actions in progress, in any order. */
    private void finishSome() {
        for (var hand : List.copyOf(underWay)) {
            if (!concernsImmortal(hand) && random.nextBoolean()) {
                underWay.remove(hand);
                finish(hand);
            }
        }
    }

    /** Runs a pass of the leader's loop. */
    private void pass() {
        var planned = apps.stream().collect(Collectors.toMap(app -> app, this::recorded));
        if (!proxyAway) {
            routed = apps.stream().flatMap(app -> routes(app).stream()).collect(Collectors.toSet());
        }
        apps.forEach(
                app -> planned.getOrDefault(app, List.of()).forEach(action -> begin(app, action)));
        var busy = busyNames();
        busy.addAll(busyAtList);
        Planner.orphans(occupants().strays(), knownIds(), traffic(), busy)
                .forEach(this::beginRemoval);
    }

    /**
     * Commits the planned changes of rows, and plans again until the plan changes no row. Returns
     * the calls to the engine in that plan.
     */
    private List<Action.OnEngine> recorded(SimulatedApp app) {
        for (var round = 0; round < SimulatedApp.SLOTS * 4; round++) {
            var actions = planned(app);
            if (actions.stream().noneMatch(Action.OnRecord.class::isInstance)) {
                return actions.stream().map(Action.OnEngine.class::cast).toList();
            }
            only(Action.OnRecord.class, actions, it -> app.apply(Replay.of(it, now), now));
        }
        throw new AssertionError("plans more writes again and again: " + planned(app));
    }

    private static <A> void only(Class<A> kind, List<Action> actions, Consumer<A> each) {
        actions.stream().filter(kind::isInstance).map(kind::cast).forEach(each);
    }

    private Set<Long> routes(SimulatedApp app) {
        var shares = Shares.of(app.now(), app.before(), app.slots(), now);
        app.checkShares(shares);
        return shares.entrySet().stream()
                .filter(share -> share.getValue() > 0)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private Set<Long> knownIds() {
        return instances(_ -> true).stream().map(Instance::id).collect(Collectors.toSet());
    }

    private List<Instance> instances(Predicate<Instance> which) {
        return apps.stream().flatMap(app -> app.slots().stream()).filter(which).toList();
    }

    private Occupants occupants() {
        return Occupants.of(instances(_ -> true), listed);
    }

    private Traffic traffic() {
        return proxyAway
                ? new Traffic.Unknown()
                : new Traffic.Known(routed, Collections.unmodifiableMap(inFlight));
    }

    /** Returns all actions that are due now. */
    List<Action> planned() {
        return apps.stream().flatMap(app -> planned(app).stream()).toList();
    }

    private List<Action> planned(SimulatedApp app) {
        var occupants = occupants();
        var busy = busyNames();
        busy.addAll(busyAtList);
        // the leader asks the engine about a container that is missing from the list
        instances(occupants::misses).stream()
                .filter(instance -> engine.has(instance.containerId()))
                .forEach(instance -> busy.add(instance.name()));
        var starting =
                underWay.stream()
                        .filter(hand -> hand.action instanceof Action.Start)
                        .map(Hand::name)
                        .collect(Collectors.toSet());
        return Planner.plan(
                        SituationDraft.of(app.now(), app.slots())
                                .before(app.before())
                                .on(node)
                                .containers(occupants.byInstance())
                                .checked(Collections.unmodifiableMap(instanceHealth))
                                .traffic(traffic())
                                .compared(app.comparison())
                                .rolloutSeen(time.sawRollout(app.now()))
                                .busy(app.indexes(busy))
                                .starting(app.indexes(starting))
                                .at(now)
                                .situation())
                .actions();
    }

    /** Commits the claim for an action, before the engine is called. */
    private void begin(SimulatedApp app, Action.OnEngine action) {
        switch (action) {
            case Action.Start _ -> {
                if (node.drained()) {
                    throw new AssertionError("starts on a drained node: " + action);
                }
            }
            case Action.Stop(_, var instance, _, _) -> mayStop(instance);
            case Action.Clear(_, var instance, _, _, _) -> {
                if (routed.contains(instance.id())) {
                    throw new AssertionError("cleared while routed: " + instance);
                }
            }
            case Action.Resume _, Action.Remove _ -> {}
            case Action.OfTask _ -> throw new AssertionError("an app has no tasks here: " + action);
        }
        var claim = Replay.claim(action, now);
        var claimed = claim.flatMap(effect -> app.apply(effect, now)).orElse(null);
        if (claim.isPresent() && claimed == null) {
            throw new AssertionError("the row does not allow " + action);
        }
        underWay.add(new Hand(app, action, claimed));
    }

    private void beginRemoval(Action.Remove action) {
        var id = action.container().instanceId();
        if (routed.contains(id) && !knownIds().contains(id)) {
            throw new AssertionError("removed while routed: " + action);
        }
        underWay.add(new Hand(null, action, null));
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
                        && engine.alive(instance.id())
                        && inFlight.getOrDefault(instance.id(), 0) > 0)) {
            throw new AssertionError("stopped while requests may be in flight: " + instance);
        }
    }

    private void finish(Hand hand) {
        switch (hand.action) {
            case Action.Start(var as, _, _, _) -> started(hand, as.spec().image());
            case Action.Resume(var as, _, _) -> started(hand, as.spec().image());
            case Action.Stop stop -> ended(hand, stop, stop.instance(), stop.container());
            case Action.Clear clear -> ended(hand, clear, clear.instance(), clear.container());
            case Action.OfTask _ -> {}
            case Action.Remove(var container, _) -> {
                if (calm || random.nextBoolean()) { // the engine may fail to remove it
                    engine.remove(container);
                }
            }
        }
    }

    private void started(Hand hand, String image) {
        var app = requireNonNull(hand.app);
        var claimed = requireNonNull(hand.claimed);
        if (faults && !calm && random.nextInt(4) == 0) {
            var failure =
                    Planner.failure(
                            app.now(), claimed, Action.Fail.Cause.CONTAINER, "no such image", now);
            app.apply(Replay.of(failure, now), now);
        } else {
            app.apply(Replay.runs(claimed, engine.start(claimed, image), now), now);
        }
    }

    private void ended(
            Hand hand, Action.Removal action, Instance instance, @Nullable Container container) {
        if (container != null) {
            engine.remove(container);
        }
        instanceHealth.remove(instance.id());
        inFlight.remove(instance.id());
        requireNonNull(hand.app).apply(Replay.removed(action, now), now);
    }

    /**
     * Returns whether exactly the desired instances exist, all of them are ready and up to date,
     * and no action or rollout is under way. Also ends all simulated problems.
     */
    boolean atPeace() {
        endTrouble();
        apps.forEach(app -> app.resume(now));
        if (node.drained()) {
            drained(false);
        }
        var slots = knownIds().size();
        return apps.stream().allMatch(SimulatedApp::atPeace)
                && engine.containers().stream().filter(it -> !engine.isImmortal(it)).count()
                        == slots
                && underWay.stream().allMatch(this::concernsImmortal);
    }

    /** Returns whether nothing is left of the apps. Also ends all simulated problems. */
    boolean empty() {
        endTrouble();
        return knownIds().isEmpty() && engine.containers().isEmpty() && underWay.isEmpty();
    }

    private void endTrouble() {
        calm = true;
        proxyAway = false;
    }

    private boolean concernsImmortal(Hand hand) {
        return hand.action instanceof Action.Remove(var container, _)
                && engine.isImmortal(container);
    }

    private Set<String> busyNames() {
        return underWay.stream().map(Hand::name).collect(Collectors.toCollection(HashSet::new));
    }

    @Override
    public String toString() {
        return "%s, %s, under way %s".formatted(apps, engine, underWay);
    }
}
