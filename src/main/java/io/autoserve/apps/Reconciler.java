package io.autoserve.apps;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import io.autoserve.cluster.TermLoop;
import io.autoserve.model.App;
import io.autoserve.model.AppTask;
import io.autoserve.model.Container;
import io.autoserve.model.Deposed;
import io.autoserve.model.Instance;
import io.autoserve.model.Progress;
import io.autoserve.model.SteadyClock;
import io.autoserve.model.Task;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.CanaryComparison;
import io.autoserve.plan.DueTimes;
import io.autoserve.plan.InstanceHealth;
import io.autoserve.plan.Occupants;
import io.autoserve.plan.Plan;
import io.autoserve.plan.Planner;
import io.autoserve.plan.ReleasePlanner;
import io.autoserve.plan.SchedulePlanner;
import io.autoserve.plan.Situation;
import io.autoserve.plan.TaskPlanner;
import io.autoserve.plan.Traffic;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.DatabaseAway;
import io.autoserve.store.StateReader;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.StateReader.UnreadableApp;
import io.autoserve.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the leader's loop for one term. A pass reads all state: what is desired, what is recorded,
 * and what the engine, the checks and the proxy report. It commits the changes of rows that follow
 * from that state, until no more follow. Then it updates the routes, and only then lets the
 * executor touch containers.
 */
final class Reconciler implements TermLoop.Work {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    /**
     * The longest pause between passes. Passes must also run without an event, because Docker can
     * lose events.
     */
    private static final Duration LONGEST_REST = Duration.ofSeconds(10);

    /**
     * Limit of rounds in one pass. Two or three are usual. More than this means that a written
     * change is undone again and again.
     */
    private static final int MOST_ROUNDS = 50;

    private static final Duration AFTER_FAILURE = Duration.ofMillis(500);

    private final Term term;
    private final StateReader stateReader;
    private final ContainerRuntime runtime;
    private final Checks checks;
    private final Proxy proxy;
    private final Recorder recorder;
    private final TaskRecorder taskRecorder;
    private final DueTimes dueTimes;
    private final ActionExecutor executor;
    private final TermTime time;
    private final LoopObserver observer;
    private final TermLoop loop;
    private List<UnreadableApp> unreadableApps = List.of();

    /** Why apps wait for their release commands, as of the last pass. */
    private volatile List<Progress> releases = List.of();

    private Set<Long> stillRouted = Set.of();
    private boolean standbyLost;

    /**
     * The state that one pass has read.
     *
     * @param busy names of slots that are left to a later pass, because an action was under way on
     *     them at some time during this pass. For such a slot, the list of containers and the row
     *     may disagree: one may show the state before the action, the other the state after it
     * @param starts the slots among {@code busy} on which a start was under way
     * @param troubled ids of apps that had an error. The rest of the pass leaves these apps out
     */
    private record Sight(
            List<Container> containers, Set<String> busy, Set<String> starts, Set<Long> troubled) {

        /** Returns the containers of tasks, except those of apps that cannot be read. */
        List<Container> ofTasks(ClusterState clusterState) {
            return readable(clusterState).filter(Container::task).toList();
        }

        /** Returns the containers of instances, except those of apps that cannot be read. */
        List<Container> ofInstances(ClusterState clusterState) {
            return readable(clusterState).filter(it -> !it.task()).toList();
        }

        private Stream<Container> readable(ClusterState clusterState) {
            var unreadable =
                    clusterState.unreadableApps().stream()
                            .map(UnreadableApp::name)
                            .collect(toSet());
            return containers.stream().filter(it -> !unreadable.contains(it.app()));
        }
    }

    private record Planned(App app, Plan plan) {
        <A extends Action> List<A> actions(Class<A> kind) {
            return plan.actions().stream().filter(kind::isInstance).map(kind::cast).toList();
        }
    }

    Reconciler(
            Term term,
            StateReader stateReader,
            ContainerRuntime runtime,
            Checks checks,
            Proxy proxy,
            Recorder recorder,
            TaskRecorder taskRecorder,
            DueTimes dueTimes,
            ActionExecutor executor,
            SteadyClock clock,
            Time passing,
            LoopObserver observer) {
        this.term = term;
        this.stateReader = stateReader;
        this.runtime = runtime;
        this.checks = checks;
        this.proxy = proxy;
        this.recorder = recorder;
        this.taskRecorder = taskRecorder;
        this.dueTimes = dueTimes;
        this.executor = executor;
        this.time = new TermTime(clock);
        this.observer = observer;
        this.loop = new TermLoop("reconcile", term, this, passing);
    }

    void start() {
        loop.start();
    }

    /** Wakes the loop because something may have changed. May be called from any thread. */
    void wake() {
        loop.wake();
    }

    /** Ends the loop. It begins nothing more. */
    void end() {
        loop.end();
        executor.end();
    }

    @Override
    public Duration pass() {
        var whole = false;
        var seen = observer.passBegan();
        try {
            var rest = wholePass();
            whole = true;
            return rest;
        } finally {
            seen.ended(whole);
        }
    }

    @Override
    public void ended() {
        observer.stillRouted(0); // the next leader reports both figures
        observer.lacksStandby(false);
    }

    private Duration wholePass() {
        var busy = new HashSet<>(executor.busy()); // before anything is read
        var sight = new Sight(runtime.list(), busy, new HashSet<>(), new HashSet<>());
        for (var round = 0; round < MOST_ROUNDS && !loop.over(); round++) {
            var clusterState = stateOfThisTerm();
            busy.addAll(executor.begunSinceLook());
            sight.starts.addAll(executor.startsSinceLook());
            time.keep(clusterState);
            tellOfStrangers(clusterState.unreadableApps());
            var seen = round(clusterState, sight);
            var plans = new ArrayList<>(plans(seen, sight));
            plans.addAll(taskPlans(seen, sight));
            plans.addAll(schedulePlans(seen, sight));
            if (recorded(plans, sight)) {
                continue; // new actions may follow from what was written
            }
            var routes = route(seen);
            if (routes == Routes.CHANGED) {
                continue; // instances that left the routes may stop now
            }
            tellOfStillRouted(seen.stillRouted());
            tellOfStandby();
            releases = releases(seen);
            act(seen, plans, sight);
            return routes == Routes.FAILED || !sight.troubled.isEmpty()
                    ? AFTER_FAILURE
                    : untilNextLook(plans);
        }
        return AFTER_FAILURE;
    }

    /**
     * Reads the state.
     *
     * @throws Deposed if the state is of another term. The connection may lead to a former primary,
     *     which does not know what this term has started since
     */
    private ClusterState stateOfThisTerm() {
        var clusterState = stateReader.clusterState();
        if (!clusterState.leader().term().equals(term)) {
            throw new Deposed(term);
        }
        return clusterState;
    }

    private Round round(ClusterState clusterState, Sight sight) {
        var occupants = occupants(clusterState, sight);
        var traffic =
                Round.needsTraffic(clusterState, occupants)
                        ? proxy.traffic()
                        : new Traffic.Unknown();
        return Round.of(clusterState, occupants, traffic, time.now());
    }

    /**
     * Returns which container runs which instance. An instance whose container exists but was not
     * listed is left to a later pass. The containers of apps that cannot be read are left out.
     */
    private Occupants occupants(ClusterState clusterState, Sight sight) {
        var occupants = Occupants.of(clusterState.instances(), sight.ofInstances(clusterState));
        clusterState.instances().stream()
                .filter(occupants::misses)
                .filter(instance -> !sight.busy.contains(instance.name()))
                .filter(instance -> runtime.exists(requireNonNull(instance.containerId())))
                .forEach(instance -> sight.busy.add(instance.name()));
        return occupants;
    }

    private List<Planned> plans(Round round, Sight sight) {
        var clusterState = round.state();
        var instanceHealth = new HashMap<Long, InstanceHealth>();
        clusterState
                .instances()
                .forEach(instance ->
                        checks.instanceHealth(instance)
                                .ifPresent(found -> instanceHealth.put(instance.id(), found)));
        var unreachable = proxy.unreachable();
        var node = clusterState.node(runtime.node());
        var busy = new HashSet<>(sight.busy);
        busy.addAll(round.namesInUse());
        var tasks =
                clusterState.tasks().stream().collect(groupingBy(of -> of.app().id(), counting()));
        return clusterState.apps().stream()
                .filter(app -> !sight.troubled.contains(app.id()))
                .map(app ->
                        new Planned(
                                app,
                                Planner.plan(
                                        new Situation(
                                                app,
                                                clusterState.before().get(app.id()),
                                                node,
                                                round.slots(app),
                                                round.occupants().byInstance(),
                                                instanceHealth,
                                                unreachable,
                                                round.traffic(),
                                                comparison(app, round.slots(app)),
                                                time.sawRollout(app),
                                                ActionExecutor.indexes(busy, app.name()),
                                                ActionExecutor.indexes(sight.starts, app.name()),
                                                tasks.getOrDefault(app.id(), 0L).intValue(),
                                                clusterState.releases().get(app.id()),
                                                round.now()))))
                .toList();
    }

    /**
     * Plans the tasks. A task whose container exists but was not listed is left to a later pass.
     */
    private List<Planned> taskPlans(Round round, Sight sight) {
        var clusterState = round.state();
        var containers = sight.ofTasks(clusterState);
        var node = clusterState.node(runtime.node());
        var plans = new ArrayList<Planned>();
        for (var of : clusterState.tasks()) {
            var task = of.task();
            var container = TaskPlanner.container(task, containers).orElse(null);
            var id = task.containerId();
            if (sight.busy.contains(task.containerName())
                    || sight.troubled.contains(of.app().id())
                    || (container == null && id != null && runtime.exists(id))) {
                continue;
            }
            plans.add(new Planned(of.app(), TaskPlanner.plan(of, container, node, round.now())));
        }
        return plans;
    }

    /**
     * Plans the schedules by the machine's clock. After a jump of that clock, the steady clock
     * would be wrong for hours or days, and no due time can be started twice anyway.
     */
    private List<Planned> schedulePlans(Round round, Sight sight) {
        var clusterState = round.state();
        var now = time.wallTime();
        var node = clusterState.node(runtime.node());
        var tasks =
                clusterState.tasks().stream().map(AppTask::task).collect(groupingBy(Task::appId));
        var plans = new ArrayList<Planned>();
        for (var app : clusterState.apps()) {
            for (var status : clusterState.schedules().getOrDefault(app.id(), List.of())) {
                if (sight.troubled.contains(app.id())) {
                    continue;
                }
                app.spec().schedules().stream()
                        .filter(schedule -> schedule.name().equals(status.name()))
                        .map(schedule ->
                                SchedulePlanner.plan(
                                        app,
                                        schedule,
                                        status,
                                        clusterState.releases().get(app.id()),
                                        tasks.getOrDefault(app.id(), List.of()),
                                        node,
                                        dueTimes,
                                        now))
                        .forEach(plan -> plans.add(new Planned(app, time.steady(plan))));
            }
        }
        return plans;
    }

    private CanaryComparison comparison(App app, List<Instance> slots) {
        if (app.rollout() == null) {
            return CanaryComparison.NONE;
        }
        var fresh = new HashSet<Long>();
        var old = new HashSet<Long>();
        for (var slot : slots) {
            (slot.template() == app.template() ? fresh : old).add(slot.id());
        }
        return proxy.comparison(fresh, old);
    }

    /**
     * @return whether a change was written
     */
    private boolean recorded(List<Planned> plans, Sight sight) {
        var any = false;
        for (var planned : plans) {
            for (var action : planned.actions(Action.OnRecord.class)) {
                any = true;
                record(() -> recorder.record(action), action, planned.app, sight);
            }
            for (var action : planned.actions(Action.OnTaskRecord.class)) {
                any = true;
                record(() -> taskRecorder.record(action), action, planned.app, sight);
            }
        }
        return any;
    }

    /** Commits one action. An error leaves only this app or task out of the rest of the pass. */
    private void record(Runnable commit, Action action, App app, Sight sight) {
        try {
            commit.run();
        } catch (Deposed | DatabaseAway everybodys) {
            throw everybodys;
        } catch (RuntimeException failure) {
            LOG.warn(
                    "{}: the action {} failed, the next pass retries", app.name(), action, failure);
            if (action instanceof Action.OnTask onTask) {
                sight.busy.add(onTask.task().containerName());
            } else {
                sight.troubled.add(app.id());
            }
        }
    }

    /** Returns what apps waited for in the last pass. May be called from any thread. */
    List<Progress> progress() {
        return Stream.concat(executor.progress().stream(), releases.stream()).toList();
    }

    private static List<Progress> releases(Round seen) {
        return seen.state().apps().stream()
                .flatMap(app ->
                        ReleasePlanner.progress(
                                app, seen.state().releases().get(app.id()), seen.slots(app))
                                .stream())
                .toList();
    }

    private void act(Round seen, List<Planned> plans, Sight sight) {
        if (!loop.over()) {
            var planned =
                    plans.stream().flatMap(plan -> plan.actions(Action.OnEngine.class).stream());
            var strays =
                    Stream.concat(
                            seen.orphans(sight.busy).stream(),
                            TaskPlanner.strays(
                                    sight.ofTasks(seen.state()), seen.state().tasks(), sight.busy)
                                    .stream());
            executor.submit(Stream.concat(planned, strays).toList());
        }
        checks.watch(seen.checked());
    }

    private enum Routes {
        CHANGED,
        AS_BEFORE,
        FAILED
    }

    /**
     * Updates the routes. If that fails, nginx continues with the last routes. An instance that
     * must leave the routes before it stops then runs on until the routes are updated.
     */
    private Routes route(Round seen) {
        try {
            return proxy.route(seen.state(), seen.shares(), seen.overdue(), term)
                    ? Routes.CHANGED
                    : Routes.AS_BEFORE;
        } catch (RuntimeException failure) {
            LOG.warn("could not update the routes, the next pass retries: {}", failure.toString());
            return Routes.FAILED;
        }
    }

    /**
     * Reports the instances that the proxy should have withdrawn long ago: each once as an event,
     * and their number as a metric.
     */
    private void tellOfStillRouted(List<Instance> stuck) {
        stuck.stream()
                .filter(instance -> !stillRouted.contains(instance.id()))
                .forEach(recorder::stillRouted);
        stillRouted = stuck.stream().map(Instance::id).collect(toSet());
        observer.stillRouted(stuck.size());
    }

    /** Reports when the leader begins to act without a standby, and when that ends. */
    private void tellOfStandby() {
        var lost = recorder.lacksStandby();
        if (lost && !standbyLost) {
            recorder.standbyLost();
        } else if (!lost && standbyLost) {
            recorder.standbyReturned();
        }
        standbyLost = lost;
        observer.lacksStandby(lost);
    }

    /** Logs the apps that cannot be read, whenever their list has changed. */
    private void tellOfStrangers(List<UnreadableApp> now) {
        if (!now.equals(unreadableApps)) {
            now.forEach(it ->
                    LOG.warn(
                            "the app {} cannot be read and is left unchanged: {}",
                            it.name(),
                            it.reason()));
            unreadableApps = now;
        }
    }

    private Duration untilNextLook(List<Planned> plans) {
        return plans.stream()
                .map(planned -> planned.plan.lookAgainAt())
                .flatMap(Optional::stream)
                .min(Instant::compareTo)
                .map(at -> Duration.between(time.now(), at))
                .filter(rest -> rest.compareTo(LONGEST_REST) < 0)
                .orElse(LONGEST_REST);
    }
}
