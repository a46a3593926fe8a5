package io.autoserve.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.cron.CronTimes;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Instance;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.SteadyClock;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.CanaryComparison;
import io.autoserve.plan.InstanceHealth;
import io.autoserve.plan.Traffic;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.StateReader;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.TaskTable;
import io.autoserve.testing.AbsentDatabase;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.time.Time;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Deploys the verticle without a database, so each pass fails and is tried again within half a
 * second. {@link AppManagerIT} tests what passes do.
 */
@ExtendWith(VertxExtension.class)
@Timeout(value = 3, timeUnit = TimeUnit.MINUTES)
class AppManagerTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Term TERM = new Term(1, new UUID(0, 1));

    /** A loop that still runs makes several passes in this time. */
    private static final Duration SEVERAL_PASSES = Duration.ofSeconds(2);

    private final FakeRuntime engine = new FakeRuntime(CLOCK);
    private final WatchedInstances checks = new WatchedInstances();
    private final AtomicInteger passes = new AtomicInteger();
    private volatile Runnable onPass = () -> {};

    @Test
    void watches_the_engine_from_its_deployment_to_its_undeployment(
            Vertx vertx, VertxTestContext test) {
        vertx.deployVerticle(manager(engine))
                .onSuccess(_ -> test.verify(() -> assertThat(engine.watchers()).isEqualTo(1)))
                .compose(vertx::undeploy)
                .onComplete(
                        test.succeeding(_ ->
                                test.verify(() -> {
                                    assertThat(engine.watchers()).isZero();
                                    assertThat(passes).as("passes without a term").hasValue(0);
                                    test.completeNow();
                                })));
    }

    @Test
    void an_engine_that_cannot_be_watched_fails_the_deployment(Vertx vertx, VertxTestContext test) {
        var broken =
                (ContainerRuntime)
                        java.lang.reflect.Proxy.newProxyInstance(
                                ContainerRuntime.class.getClassLoader(),
                                new Class<?>[] {ContainerRuntime.class},
                                (_, _, _) -> {
                                    throw new IllegalStateException("Docker is away");
                                });
        vertx.deployVerticle(manager(broken))
                .onComplete(
                        test.failing(failure ->
                                test.verify(() -> {
                                    assertThat(failure).hasMessage("Docker is away");
                                    assertThat(vertx.deploymentIDs()).isEmpty();
                                    test.completeNow();
                                })));
    }

    @Test
    void passes_run_outside_of_the_event_loop_and_are_repeated_after_a_failure(
            Vertx vertx, VertxTestContext test) {
        var repeated = test.laxCheckpoint(3);
        onPass =
                () -> {
                    test.verify(() -> assertThat(Context.isOnEventLoopThread()).isFalse());
                    repeated.flag();
                };
        var manager = manager(engine);
        vertx.deployVerticle(manager).onComplete(test.succeeding(_ -> manager.elected(TERM)));
    }

    @Test
    void the_end_of_its_term_ends_its_passes_and_checks(Vertx vertx, VertxTestContext test) {
        var manager = manager(engine);
        var led = leading(vertx, manager);
        led.compose(
                        _ -> {
                            manager.deposed(TERM, "another controller leads");
                            return laterPasses(vertx);
                        })
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isLessThanOrEqualTo(1);
                                    assertThat(checks.watched).containsExactly(Map.of());
                                    test.completeNow();
                                })));
    }

    @Test
    void undeployment_ends_the_passes_of_its_term(Vertx vertx, VertxTestContext test) {
        leading(vertx, manager(engine))
                .compose(vertx::undeploy)
                .compose(_ -> laterPasses(vertx))
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isLessThanOrEqualTo(1);
                                    test.completeNow();
                                })));
    }

    /**
     * Deploys the manager and makes it the leader. The result is the id of the deployment, which is
     * available after the first pass.
     */
    private Future<String> leading(Vertx vertx, AppManager manager) {
        var passed = Promise.<Void>promise();
        onPass = passed::tryComplete;
        return vertx.deployVerticle(manager)
                .onSuccess(_ -> manager.elected(TERM))
                .compose(deployment -> passed.future().map(deployment));
    }

    /**
     * Returns how many passes begin in {@link #SEVERAL_PASSES} from now on. Even for a loop that
     * has just ended this can be 1, because a pass may have been about to begin.
     */
    private Future<Integer> laterPasses(Vertx vertx) {
        var before = passes.get();
        return vertx.timer(SEVERAL_PASSES.toMillis(), TimeUnit.MILLISECONDS)
                .map(_ -> passes.get() - before);
    }

    private AppManager manager(ContainerRuntime runtime) {
        var database = new AbsentDatabase().database();
        var fencedWrites =
                new FencedWrites(
                        database, "controller", CLOCK, Settings.MAX_INSTANCES, InstanceLimits.NONE);
        return new AppManager(
                new StateReader(database),
                fencedWrites,
                new TaskTable(database, fencedWrites, CLOCK, InstanceLimits.NONE, new Random(7)),
                new CronTimes(),
                runtime,
                checks,
                new NoProxy(),
                _ -> Optional.empty(),
                new SteadyClock(CLOCK, System::nanoTime),
                Time.system(),
                new Random(7),
                Thread::startVirtualThread,
                _ -> runtime,
                Optional::empty,
                new CountedPasses());
    }

    private static final class WatchedInstances implements Checks {
        final List<Map<Instance, AppSpec>> watched = new CopyOnWriteArrayList<>();

        @Override
        public void watch(Map<Instance, AppSpec> instances) {
            watched.add(instances);
        }

        @Override
        public Optional<InstanceHealth> instanceHealth(Instance instance) {
            return Optional.empty();
        }
    }

    /** A proxy that is never called, because without a database each pass fails before that. */
    private static final class NoProxy implements Proxy {
        @Override
        public boolean route(
                ClusterState clusterState,
                Map<Long, Integer> shares,
                Set<Long> overdue,
                Term term) {
            throw new AssertionError("the proxy was called, but no state was read");
        }

        @Override
        public CanaryComparison comparison(Set<Long> fresh, Set<Long> old) {
            throw new AssertionError("the proxy was called, but no state was read");
        }

        @Override
        public Traffic traffic() {
            throw new AssertionError("the proxy was called, but no state was read");
        }
    }

    private final class CountedPasses implements LoopObserver {
        @Override
        public Pass passBegan() {
            passes.incrementAndGet();
            onPass.run();
            return _ -> {};
        }

        @Override
        public Span began(Action.OnEngine action) {
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
