package io.autoserve.apps;

import static io.autoserve.testing.Eventually.within;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cron.CronTimes;
import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.SteadyClock;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.CanaryComparison;
import io.autoserve.plan.InstanceHealth;
import io.autoserve.plan.Traffic;
import io.autoserve.store.DesiredState;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.StateReader;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.FakeRuntime.Call;
import io.autoserve.testing.FakeRuntime.Fault;
import io.autoserve.testing.FakeRuntime.Operation;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SharedEngine;
import io.autoserve.time.Time;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the leader's loop and its executor on a real PostgreSQL and an engine in memory. A test can
 * slow down the engine or make it fail.
 */
class AppManagerIT {
    @AutoClose private static final Postgres postgres = Postgres.start();
    private static final Executor THREADS = Thread::startVirtualThread;
    private static final Clock CLOCK = Clock.systemUTC();

    @AutoClose private final OpenStore store = OpenStore.in(postgres, CLOCK);
    private final Postgres.Database tables = store.tables();
    private final DesiredState desiredState = store.desiredState();
    private final StateReader stateReader = store.stateReader();
    private final FencedWrites fencedWrites = store.fencedWrites();
    private final FakeRuntime engine = new FakeRuntime(CLOCK);
    private AppManager manager;
    private Term term;

    @BeforeEach
    void lead() {
        manager = manager();
        term = elect(manager, 1);
    }

    @AfterEach
    void resign() {
        manager.deposed(term, "the test is over");
        engine.release();
    }

    private AppManager manager() {
        return manager(fencedWrites);
    }

    private AppManager manager(FencedWrites fencedWrites) {
        return new AppManager(
                stateReader,
                fencedWrites,
                store.tasks(),
                new CronTimes(),
                engine,
                new AlwaysHealthy(),
                new NoRequests(),
                _ -> Optional.empty(),
                new SteadyClock(CLOCK, System::nanoTime),
                Time.system(),
                new Random(7),
                THREADS,
                _ -> engine,
                Optional::empty,
                new Unobserved());
    }

    private Term elect(AppManager manager, int epoch) {
        var next = store.beginTerm(epoch);
        manager.elected(next);
        return next;
    }

    @Test
    void a_leader_that_acts_without_a_standby_says_so_and_when_that_is_over(@TempDir Path folder)
            throws IOException {
        manager.deposed(term, "the next leader has a standby");
        try (var _ = postgres.standby(folder.resolve("standby"))) {
            postgres.awaitStandby("walreceiver");
            manager = manager(store.replicatedWrites());
            term = elect(manager, 2);
            want("web", 1);
            settled("one runs", () -> running("web") == 1);
            assertThat(reasons("StandbyLost")).isEmpty();

            postgres.awaitNoStandby(); // Patroni sets the same when the standby is away
            scale("web", 2);
            settled("two run", () -> running("web") == 2);
            settled("the lost standby is reported", () -> !reasons("StandbyLost").isEmpty());

            postgres.awaitStandby("walreceiver");
            scale("web", 3);
            settled("three run", () -> running("web") == 3);
            settled("the standby has returned", () -> !reasons("StandbyReturned").isEmpty());
            assertThat(reasons("StandbyLost")).hasSize(1);
            assertThat(reasons("StandbyReturned")).hasSize(1);
        } finally {
            postgres.awaitNoStandby();
        }
    }

    @Test
    void an_engine_that_is_ten_times_slower_is_asked_for_a_few_starts_at_a_time() {
        var processor = new SharedEngine();
        engine.effort(call -> {
            if (call.operation() == Operation.START) {
                processor.work(Duration.ofMillis(100));
            }
        });

        want("web", 40);

        settled("40 run", () -> running("web") == 40);
        assertThat(processor.most()).isLessThanOrEqualTo(12);
        assertThat(reasons("InstanceFailed")).isEmpty();
        assertThat(starts()).hasSize(40);
    }

    @Test
    void what_waits_says_how_many_are_ahead_and_is_dropped_when_it_is_no_longer_wanted() {
        engine.faults(call -> call.operation() == Operation.START ? Fault.HANGS : Fault.NONE);
        want("web", 40);
        settled(
                "some starts hang and the others wait",
                () -> starts().size() == 4 && !manager.progress().isEmpty());
        assertThat(manager.progress())
                .anySatisfy(it -> {
                    assertThat(it.app()).isEqualTo("web");
                    assertThat(it.text()).matches("waiting for the engine \\(\\d+ ahead\\)");
                });
        var begun = starts().size();

        desiredState.scale("web", begun, By.actor("ann"));
        manager.wake();
        settled("no start waits", () -> manager.progress().isEmpty());
        engine.faults(_ -> Fault.NONE);
        engine.release();

        settled("the started instances run", () -> running("web") == begun);
        assertThat(slots()).hasSize(begun);
        assertThat(reasons("InstanceFailed")).isEmpty();
    }

    @Test
    void a_start_whose_answer_is_lost_is_found_and_never_counted_as_a_failure() {
        Set<String> lost = ConcurrentHashMap.newKeySet();
        engine.faults(call ->
                call.operation() == Operation.START && lost.add(call.container())
                        ? Fault.ANSWER_LOST
                        : Fault.NONE);

        want("web", 3);

        settled("3 run", () -> running("web") == 3);
        assertThat(lost).hasSize(3);
        assertThat(reasons("InstanceFailed")).isEmpty();
        assertThat(slots()).allMatch(slot -> slot.restarts() == 0 && slot.failures() == 0);
    }

    @Test
    void an_engine_that_is_gone_for_a_while_delays_starts_and_fails_none() {
        var down = new boolean[] {true};
        engine.faults(call ->
                call.operation() == Operation.START && down[0] ? Fault.UNANSWERED : Fault.NONE);
        want("web", 3);
        settled("starts were tried", () -> starts().size() >= 4);
        assertThat(running("web")).isZero();

        down[0] = false;

        settled("3 run", () -> running("web") == 3);
        assertThat(reasons("InstanceFailed")).isEmpty();
        assertThat(reasons("InstanceStarting"))
                .filteredOn(reason -> !reason.endsWith("an earlier start did not finish"))
                .hasSize(3);
    }

    @Test
    void an_app_whose_starts_hang_does_not_stop_the_others() {
        engine.faults(call ->
                call.operation() == Operation.START && call.container().startsWith("stuck-")
                        ? Fault.HANGS
                        : Fault.NONE);
        want("stuck", 20);
        settled("starts of the app hang", () -> starts().size() >= 3);

        want("web", 3);

        settled("the other app runs", () -> running("web") == 3);
        assertThat(reasons("InstanceFailed")).isEmpty();
    }

    @Test
    void a_start_under_way_survives_a_change_of_leader() {
        engine.faults(call ->
                call.operation() == Operation.START && starts().size() <= 2
                        ? Fault.HANGS
                        : Fault.NONE);
        want("web", 2);
        settled("both starts are in progress", () -> slots().size() == 2 && starts().size() == 2);
        var before = ids();

        manager.deposed(term, "frozen");
        var next = manager();
        var nextTerm = elect(next, 2);
        try {
            settled("both run", () -> running("web") == 2);
            assertThat(ids()).isEqualTo(before);
            assertThat(reasons("InstanceFailed")).isEmpty();
        } finally {
            next.deposed(nextTerm, "the test is over");
        }
    }

    @Test
    void the_next_leader_commits_a_start_again_before_it_continues_it() {
        engine.faults(call ->
                call.operation() == Operation.START && starts().size() <= 1
                        ? Fault.HANGS
                        : Fault.NONE);
        want("web", 1);
        settled("the start is in progress", () -> starts().size() == 1);

        manager.deposed(term, "frozen");
        var next = manager();
        var nextTerm = elect(next, 2);
        try {
            settled("the instance runs", () -> running("web") == 1);
            assertThat(
                            tables.execute(
                                    "select epoch from events where type = 'InstanceStarting' order by seq"))
                    .containsExactly("1", "2");
        } finally {
            next.deposed(nextTerm, "the test is over");
        }
    }

    @Test
    void a_container_that_a_list_leaves_out_is_not_lost() {
        want("web", 2);
        settled("2 run", () -> running("web") == 2);

        engine.unlist("web-1");
        manager.wake();

        settled(
                "the engine is asked for the missing container",
                () -> {
                    manager.wake();
                    return engine.calls().stream()
                                    .filter(call -> call.operation() == Operation.INSPECT)
                                    .count()
                            > 1;
                });
        assertThat(running("web")).isEqualTo(2);
        assertThat(reasons("InstanceFailed")).isEmpty();

        engine.vanish("web-1");
        settled("the lost instance has failed", () -> !reasons("InstanceFailed").isEmpty());
    }

    @Test
    void removals_do_not_wait_for_starts() {
        want("old", 2);
        settled("2 run", () -> running("old") == 2);
        engine.faults(call -> call.operation() == Operation.START ? Fault.HANGS : Fault.NONE);
        want("new", 40);
        settled("some starts wait", () -> !manager.progress().isEmpty());

        desiredState.delete("old", By.actor("ann"));
        manager.wake();

        settled("the app is gone", () -> stateReader.raw("old").isEmpty());
    }

    @Test
    void a_pull_holds_no_turn_and_its_progress_is_what_the_instance_waits_for() {
        engine.unpulled("example/demo");
        engine.faults(call -> call.operation() == Operation.PULL ? Fault.HANGS : Fault.NONE);
        want("web", 20);

        settled("20 pulls are in progress", () -> pulls() == 20);
        assertThat(manager.progress())
                .hasSize(20)
                .allMatch(it -> it.text().equals("pulling image 'example/demo'"));
        engine.faults(_ -> Fault.NONE);
        engine.release();

        settled("20 run", () -> running("web") == 20);
        assertThat(reasons("InstanceFailed")).isEmpty();
    }

    @Test
    void an_image_that_is_gone_again_after_each_pull_fails_the_instance() {
        engine.unpulled("example/demo");
        engine.effort(call -> {
            if (call.operation() == Operation.START) {
                engine.unpulled("example/demo"); // as if an operator had pruned the images
            }
        });

        want("web", 1);

        settled("the instance failed", () -> !reasons("InstanceFailed").isEmpty());
        assertThat(reasons("InstanceFailed"))
                .first()
                .asString()
                .contains(
                        "image 'example/demo' was pulled but is missing again: check what removes images on this machine");
    }

    @Test
    void a_start_that_was_claimed_before_an_apply_runs_what_was_decided_then() {
        engine.unpulled("example/demo");
        engine.faults(call -> call.operation() == Operation.PULL ? Fault.HANGS : Fault.NONE);
        want("web", 1);
        settled("the pull is in progress", () -> pulls() == 1);

        desiredState.apply(spec("web", "example/other", rollout(1, 0)), "raw", By.actor("ann"));
        manager.wake();
        engine.faults(_ -> Fault.NONE);
        engine.release();

        settled("the new revision runs", () -> images().contains("web:2:example/other"));
        assertThat(images()).doesNotContain("web:1:example/other", "web:2:example/demo");
    }

    @Test
    void all_instances_of_a_revision_run_the_image_that_its_first_start_found() {
        want("web", 2);
        settled("two run", () -> running("web") == 2);
        var first = engine.image("example/demo").orElseThrow().name();
        engine.moved("example/demo");

        scale("web", 3);
        engine.vanish("web-0");
        settled("one more was started, and one again", () -> engine.launches().size() >= 4);
        desiredState.restart("web", By.actor("ann"));
        manager.wake();
        settled("all were restarted", () -> engine.launches().size() >= 7);

        assertThat(engine.launches()).allMatch(launch -> launch.image().equals(first));
        assertThat(reasons("ImageResolved"))
                .containsExactly("revision 1 runs image example/demo as " + first);
    }

    @Test
    void an_apply_of_a_moved_tag_replaces_the_instances_and_an_undo_brings_the_old_image_back() {
        want("web", 2);
        settled("two serve", () -> slots().stream().filter(Instance::routable).count() == 2);
        var first = engine.image("example/demo").orElseThrow().name();
        engine.moved("example/demo");
        var second = engine.image("example/demo").orElseThrow().name();

        desiredState.apply(spec("web", rollout(1, 0)), "raw", null, first, By.actor("ann"));
        manager.wake();
        settled("both run the new image", () -> runningImages().equals(List.of(second, second)));

        desiredState.undo("web", null, By.actor("ann"));
        manager.wake();
        settled("both run the old image", () -> runningImages().equals(List.of(first, first)));
    }

    @Test
    void an_image_that_is_gone_for_good_fails_the_instance_with_the_way_out() {
        want("web", 1);
        settled("one runs", () -> running("web") == 1);
        engine.missing("example/demo");

        engine.vanish("web-0");

        settled("a replacement failed", () -> reasons("InstanceFailed").size() >= 2);
        assertThat(String.join("\n", reasons("InstanceFailed")))
                .contains(
                        "the image of revision 1 is gone from this machine: image 'example/demo@sha256:",
                        "To run the image that example/demo refers to now, run 'autoserve apply' again");
    }

    private List<String> runningImages() {
        return engine.list().stream().map(Container::image).toList();
    }

    /**
     * Returns one entry for each start: the app, the revision in the instance's row, and the image
     * that the engine was told to run.
     */
    private List<String> images() {
        return engine.launches().stream()
                .map(it -> "%s:%d:%s".formatted(it.app(), it.revision(), it.image()))
                .map(it -> it.replaceFirst("@.*", ""))
                .toList();
    }

    @Test
    void an_image_that_cannot_be_pulled_fails_the_instance_with_the_reason() {
        engine.missing("example/demo");

        want("web", 1);

        settled("the instance failed", () -> !reasons("InstanceFailed").isEmpty());
        assertThat(reasons("InstanceFailed"))
                .first()
                .asString()
                .contains("image 'example/demo' could not be pulled");
    }

    private void want(String name, int replicas) {
        desiredState.register(spec(name, rollout(1, 0)), "raw", By.actor("ann"));
        scale(name, replicas);
    }

    private void scale(String name, int replicas) {
        desiredState.scale(name, replicas, By.actor("ann"));
        manager.wake();
    }

    private List<Instance> slots() {
        return stateReader.clusterState().instances();
    }

    private Map<String, Long> ids() {
        return slots().stream().collect(Collectors.toMap(Instance::name, Instance::id));
    }

    private long running(String app) {
        return slots().stream()
                .filter(slot -> slot.app().equals(app) && slot.state() == State.RUNNING)
                .count();
    }

    private List<Call> starts() {
        return engine.calls().stream().filter(it -> it.operation() == Operation.START).toList();
    }

    private long pulls() {
        return engine.calls().stream().filter(it -> it.operation() == Operation.PULL).count();
    }

    private List<String> reasons(String type) {
        return tables.execute("select reason from events where type = '%s'".formatted(type));
    }

    private void settled(String what, BooleanSupplier condition) {
        within(Eventually.PATIENCE, what, condition, () -> slots() + " " + manager.progress());
    }

    private static final class AlwaysHealthy implements Checks {
        private volatile Set<Instance> watched = Set.of();

        @Override
        public void watch(Map<Instance, AppSpec> instances) {
            watched = Set.copyOf(instances.keySet());
        }

        @Override
        public Optional<InstanceHealth> instanceHealth(Instance instance) {
            return watched.stream()
                    .filter(it -> it.id() == instance.id())
                    .filter(it -> Objects.equals(it.address(), instance.address()))
                    .findFirst()
                    .map(_ -> new InstanceHealth(true, true, "ok"));
        }
    }

    private static final class NoRequests implements Proxy {
        @Override
        public boolean route(
                ClusterState clusterState,
                Map<Long, Integer> shares,
                Set<Long> overdue,
                Term term) {
            return false;
        }

        @Override
        public CanaryComparison comparison(Set<Long> fresh, Set<Long> old) {
            return CanaryComparison.NONE;
        }

        @Override
        public Traffic traffic() {
            return new Traffic.Known(Set.of(), Map.of());
        }
    }

    private static final class Unobserved implements LoopObserver {
        @Override
        public Pass passBegan() {
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
