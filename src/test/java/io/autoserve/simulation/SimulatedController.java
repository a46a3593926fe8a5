package io.autoserve.simulation;

import static java.util.stream.Collectors.toMap;

import io.autoserve.apps.AppManager;
import io.autoserve.apps.HealthChecks;
import io.autoserve.apps.LoopObserver;
import io.autoserve.apps.NginxRoutes;
import io.autoserve.cluster.Election;
import io.autoserve.cron.CronTimes;
import io.autoserve.events.Feed;
import io.autoserve.events.View;
import io.autoserve.health.HealthChecker;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.SteadyClock;
import io.autoserve.plan.Action;
import io.autoserve.proxy.Nginx;
import io.autoserve.proxy.NginxCalls;
import io.autoserve.proxy.Proxies;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.scaling.AutoScaler;
import io.autoserve.scaling.Consumption;
import io.autoserve.simulation.postgres.ModelPostgres;
import io.autoserve.spec.Json;
import io.autoserve.store.Database;
import io.autoserve.store.DesiredState;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.LoadTable;
import io.autoserve.store.ScalingTable;
import io.autoserve.store.StateReader;
import io.autoserve.store.TaskTable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * One controller, connected as {@code Controller} does it, but with modelled outsides. It has the
 * real election, feed, view, loop, executor, planner, scaler, health checker and tables.
 */
final class SimulatedController {
    private static final int CONNECTIONS = 8;
    private static final int MOST_INSTANCES = 200;

    final String name;
    final SimulatedProcess process;
    final View view = new View();
    final DesiredState desiredState;
    final Election election;
    final Feed feed;
    private final AppManager manager;

    SimulatedController(
            String name,
            Scheduler scheduler,
            ModelPostgres postgres,
            ModelEngine engine,
            List<ModelNginx> proxies,
            Coverage coverage) {
        this.name = name;
        this.process = scheduler.process(name);
        var steady = new SteadyClock(process.clock(), process::nanoTime);
        var database =
                new Database(
                        postgres.pool(process, CONNECTIONS),
                        ModelPostgres::server,
                        () -> "",
                        true,
                        () -> () -> {},
                        process);
        var stateReader = new StateReader(database);
        desiredState = new DesiredState(database, steady, MOST_INSTANCES, InstanceLimits.NONE);
        var writes = new FencedWrites(database, name, steady, MOST_INSTANCES, InstanceLimits.NONE);
        feed =
                new Feed(
                        postgres.news(process),
                        stateReader::clusterState,
                        view,
                        _ -> {},
                        process,
                        scheduler.chance());
        var loop = process.loop();
        election =
                new Election(
                        postgres.leases(process, loop),
                        name,
                        "http://" + name,
                        Json::write,
                        process,
                        scheduler.chance());
        var health =
                new HealthChecker(
                        steady,
                        scheduler.chance(),
                        (_, _, _, _) -> {
                            throw new UnsupportedOperationException("there are no command checks");
                        },
                        _ -> wake());
        var healthLoop = process.loop();
        health.begin(healthLoop, new ModelProbing(engine, healthLoop));
        var reading = engine.runtime(process, () -> false);
        var admin = new NginxCalls(nginx(proxies), process);
        manager =
                new AppManager(
                        stateReader,
                        writes,
                        new TaskTable(
                                database, writes, steady, InstanceLimits.NONE, scheduler.chance()),
                        new CronTimes(),
                        reading,
                        new HealthChecks(health),
                        new NginxRoutes(
                                admin,
                                _ -> Optional.empty(),
                                writes,
                                Supplier::get,
                                process::nanoTime),
                        _ -> Optional.empty(),
                        steady,
                        process,
                        scheduler.chance(),
                        process.threads(),
                        term -> engine.runtime(process, () -> election.holds(term)),
                        Optional::empty,
                        new Watched(coverage));
        var scaler =
                new AutoScaler(
                        view::snapshot,
                        admin::counters,
                        _ -> Set.of(),
                        new Readings(reading),
                        new LoadTable(database, writes),
                        new ScalingTable(database, writes),
                        policy -> policy,
                        _ -> 0,
                        manager::wake,
                        steady,
                        process);
        view.listen(manager);
        feed.start();
        process.start("start", manager::start);
        loop.run(() -> election.start(loop, manager.and(scaler)));
    }

    private Nginx nginx(List<ModelNginx> proxies) {
        if (proxies.size() == 1) {
            return proxies.getFirst().admin(process);
        }
        var byName = new LinkedHashMap<String, Nginx>();
        proxies.forEach(proxy -> byName.put(proxy.name(), proxy.admin(process)));
        return new Proxies(byName, process);
    }

    private void wake() {
        manager.wake();
    }

    /** Reads what containers use, as the reader of a controller does. */
    private record Readings(ContainerRuntime runtime) implements Consumption {
        @Override
        public Map<String, Total> of(Collection<String> containers) {
            return runtime.usage(containers).entrySet().stream()
                    .collect(
                            toMap(
                                    Map.Entry::getKey,
                                    used ->
                                            new Total(
                                                    used.getValue().cpu(),
                                                    used.getValue().memoryBytes(),
                                                    used.getValue().memoryLimitBytes())));
        }
    }

    private record Watched(Coverage coverage) implements LoopObserver {
        @Override
        public Pass passBegan() {
            return _ -> {};
        }

        @Override
        public Span began(Action.OnEngine action) {
            coverage.saw(Coverage.action(action.getClass()));
            return _ -> {};
        }

        @Override
        public void queue(int starts, int removals, int limit) {}

        @Override
        public void stillRouted(int instances) {}

        @Override
        public void lacksStandby(boolean lost) {}
    }
}
