package io.autoserve.apps;

import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cron.CronTimes;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppSpec.Schedule.Concurrency;
import io.autoserve.model.By;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Launch;
import io.autoserve.model.LogLine;
import io.autoserve.model.SteadyClock;
import io.autoserve.model.Task;
import io.autoserve.model.Task.TaskState;
import io.autoserve.model.TaskRequest;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.CanaryComparison;
import io.autoserve.plan.InstanceHealth;
import io.autoserve.plan.Traffic;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.TaskTable;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.FakeRuntime.Fault;
import io.autoserve.testing.FakeRuntime.Operation;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import io.autoserve.time.Time;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs tasks by the leader's loop on a real PostgreSQL and an engine in memory, which can lose
 * answers. No attempt of a task may run twice.
 */
class TasksIT {
    private static final By ANN = By.actor("ann");
    private static final Clock CLOCK = Clock.systemUTC();

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres, CLOCK);
    private final TaskTable table = store.tasks();
    private final FakeRuntime engine = new FakeRuntime(CLOCK);

    /** How far the clock of the leader's machine was set forward. */
    private volatile Duration ahead = Duration.ZERO;

    private volatile AppManager manager = manager();
    private volatile Term term = store.beginTerm(1);

    @BeforeEach
    void lead() {
        store.desiredState().apply(SpecDraft.of("web").spec(), "1", ANN);
        store.desiredState().scale("web", 0, ANN);
        manager.elected(term);
    }

    @AfterEach
    void resign() {
        manager.deposed(term, "the test is over");
        engine.release();
    }

    private AppManager manager() {
        return new AppManager(
                store.stateReader(),
                store.fencedWrites(),
                table,
                new CronTimes(),
                engine,
                new NoChecks(),
                new NoRequests(),
                _ -> Optional.empty(),
                new SteadyClock(() -> CLOCK.instant().plus(ahead), System::nanoTime),
                Time.system(),
                new Random(7),
                Thread::startVirtualThread,
                _ -> engine,
                Optional::empty,
                new Unwatched());
    }

    @Test
    void a_task_runs_to_its_end_and_its_output_is_kept_without_its_container() {
        var task = request(0);
        awaitState(task, TaskState.RUNNING);
        assertThat(engine.launches())
                .last()
                .satisfies(launch -> {
                    assertThat(launch.command()).containsExactly("rake", "db:migrate");
                    assertThat(launch.task()).isTrue();
                });

        end(task, 0, "migrated");

        awaitState(task, TaskState.SUCCEEDED);
        settled("the container is removed", () -> engine.list().isEmpty());
        assertThat(table.output(task)).extracting(LogLine::text).containsExactly("migrated");
        assertThat(engine.begun()).hasSize(1);
    }

    @Test
    void a_failure_is_repeated_in_a_new_container_until_no_retry_is_left() {
        var task = request(1);
        awaitState(task, TaskState.RUNNING);
        end(task, 3);
        settled("the second attempt runs", () -> now(task).attempt() == 2 && isRunning(task));
        end(now(task), 4);

        awaitState(task, TaskState.FAILED);
        assertThat(now(task).exitCode()).isEqualTo(4);
        assertThat(engine.begun()).doesNotHaveDuplicates().hasSize(2);
    }

    @Test
    void a_new_leader_continues_with_the_running_container() {
        var task = request(0);
        awaitState(task, TaskState.RUNNING);

        changeLeader();
        end(task, 0);

        awaitState(task, TaskState.SUCCEEDED);
        assertThat(engine.begun()).hasSize(1);
    }

    @Test
    void a_task_that_ended_between_two_leaders_is_not_run_again() {
        var task = request(5);
        awaitState(task, TaskState.RUNNING);
        manager.deposed(term, "the leader was killed");
        end(task, 0, "done");

        changeLeader();

        awaitState(task, TaskState.SUCCEEDED);
        assertThat(engine.begun()).hasSize(1);
        assertThat(table.output(task)).extracting(LogLine::text).containsExactly("done");
    }

    /** The call is carried out after the next leader has begun, like a request that is late. */
    @ParameterizedTest
    @EnumSource(names = {"CREATE", "BEGIN", "ENDING", "REMOVE"})
    void a_leader_that_is_replaced_during_a_call_of_the_engine_runs_nothing_twice(Operation late) {
        var replaced = new AtomicBoolean();
        engine.effort(call -> {
            if (call.operation() == late && replaced.compareAndSet(false, true)) {
                changeLeader();
            }
        });

        var task = request(5);
        settled("the container runs", () -> isRunning(task));
        end(task, 0, "done");

        awaitState(task, TaskState.SUCCEEDED);
        settled("the container is removed", () -> engine.list().isEmpty());
        assertThat(replaced).isTrue();
        assertThat(engine.begun()).hasSize(1);
        assertThat(table.output(task)).extracting(LogLine::text).containsExactly("done");
    }

    @Test
    void lost_answers_of_the_engine_lead_to_no_second_run() {
        var faults = new AtomicInteger();
        engine.faults(call ->
                (call.operation() == Operation.CREATE || call.operation() == Operation.BEGIN)
                                && faults.incrementAndGet() % 2 == 1
                        ? Fault.ANSWER_LOST
                        : Fault.NONE);

        var task = request(0);
        settled("the container runs", () -> isRunning(task));
        end(task, 0);

        awaitState(task, TaskState.SUCCEEDED);
        assertThat(engine.begun()).hasSize(1);
    }

    @Test
    void a_container_whose_address_is_taken_is_created_again() {
        engine.takeAddresses(2);

        var task = request(0);
        awaitState(task, TaskState.RUNNING);

        assertThat(engine.launches()).extracting(Launch::number).doesNotHaveDuplicates().hasSize(3);
        assertThat(engine.begun()).hasSize(1);
    }

    @Test
    void a_container_that_vanishes_makes_the_task_unknown() {
        var task = request(5);
        awaitState(task, TaskState.RUNNING);

        engine.vanish(task.containerName());
        manager.wake();

        awaitState(task, TaskState.UNKNOWN);
        assertThat(engine.begun()).hasSize(1);
    }

    @Test
    void a_cancelled_task_is_stopped() {
        var task = request(5);
        awaitState(task, TaskState.RUNNING);

        table.cancel("web", task.name(), By.actor("bob"));
        manager.wake();

        awaitState(task, TaskState.CANCELLED);
        assertThat(now(task).reason()).isEqualTo("cancelled by bob");
        settled("the container is removed", () -> engine.list().isEmpty());
    }

    @Test
    void a_task_that_takes_too_long_is_stopped() {
        var task = request(0, Duration.ofSeconds(1));

        awaitState(task, TaskState.FAILED);
        assertThat(now(task).reason()).isEqualTo("the time limit of 1 s passed");
        assertThat(now(task).exitCode()).isNull();
    }

    @Test
    void an_image_that_cannot_be_pulled_fails_the_task_with_the_reason() {
        engine.missing("example/demo");

        var task = request(0);

        awaitState(task, TaskState.FAILED);
        assertThat(now(task).reason()).contains("image 'example/demo' could not be pulled");
        assertThat(engine.begun()).isEmpty();
    }

    @Test
    void deleting_the_app_cancels_its_tasks_first() {
        var task = request(0);
        awaitState(task, TaskState.RUNNING);

        store.desiredState().delete("web", ANN);
        manager.wake();

        settled(
                "the app is deleted",
                () -> store.stateReader().clusterState().apps().stream().noneMatch(this::isWeb));
        settled("the container is removed", () -> engine.list().isEmpty());
    }

    @Test
    void no_instance_starts_before_the_release_command_has_succeeded() {
        apply(SpecDraft.of("shop").image("shop:1").release("migrate"));
        settled("the command runs", () -> !engine.begun().isEmpty());
        assertThat(engine.list()).allMatch(Container::task);

        changeLeader();
        end(newest(), 0);

        settled("an instance runs", () -> engine.list().stream().anyMatch(it -> !it.task()));
        assertThat(newest().state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(engine.launches())
                .extracting(Launch::image)
                .as("the command and the instance have one image")
                .hasSize(2)
                .allMatch(engine.launches().getFirst().image()::equals);

        changeLeader();
        store.desiredState().scale("shop", 2, ANN);
        manager.wake();
        settled("two run", () -> engine.list().stream().filter(it -> !it.task()).count() == 2);
        assertThat(table.all("shop", 10)).hasSize(1);
    }

    @Test
    void a_failed_release_command_rolls_back_and_no_instance_of_the_revision_starts() {
        apply(SpecDraft.of("shop").image("shop:1"));
        settled("an instance runs", () -> !engine.launches().isEmpty());

        apply(SpecDraft.of("shop").image("shop:2").release("migrate"));
        settled("the command runs", () -> !engine.begun().isEmpty());
        end(newest(), 1, "no such table");

        settled("the rollout is rolled back", () -> !rollbacks().isEmpty());
        assertThat(rollbacks())
                .first()
                .asString()
                .contains("the release command failed", "exit code 1", "no such table");
        assertThat(engine.launches())
                .filteredOn(launch -> !launch.task())
                .extracting(Launch::image)
                .containsOnly(engine.launches().getFirst().image());
        assertThat(table.all("shop", 10)).hasSize(1);
    }

    @Test
    void a_failed_first_release_command_runs_again_when_the_app_is_restarted() {
        apply(SpecDraft.of("shop").release("migrate"));
        settled("the command runs", () -> !engine.begun().isEmpty());
        end(newest(), 1, "no such table");
        settled("the command has failed", () -> newest().state() == TaskState.FAILED);
        settled(
                "the status shows the failure",
                () ->
                        manager.progress().stream()
                                .anyMatch(it ->
                                        it.text().startsWith("the release command failed")
                                                && it.text().contains("exit code 1")
                                                && it.text().endsWith("no such table")
                                                && it.releaseFailed(shop())));

        store.desiredState().restart("shop", ANN);
        assertThat(manager.progress()).noneMatch(it -> it.releaseFailed(shop()));
        manager.wake();

        settled("the command runs again", () -> engine.begun().size() == 2);
        assertThat(engine.list()).allMatch(Container::task);
    }

    @Test
    void a_due_time_of_a_schedule_runs_once_through_changes_of_the_leader() {
        var schedule =
                new Schedule(
                        "yearly",
                        "0 0 1 1 *",
                        "UTC",
                        List.of("report"),
                        Concurrency.FORBID,
                        Duration.ofDays(400),
                        Duration.ofMinutes(10));
        apply(SpecDraft.of("shop").schedules(schedule));
        store.tables().execute("update schedules set handled_until = now() - interval '800 days'");
        manager.wake();
        settled("the command runs", () -> !engine.begun().isEmpty());

        changeLeader();
        end(newest(), 0);
        settled("it has succeeded", () -> newest().state() == TaskState.SUCCEEDED);
        changeLeader();
        store.desiredState().scale("shop", 2, ANN);
        manager.wake();

        settled("two run", () -> engine.list().stream().filter(it -> !it.task()).count() == 2);
        assertThat(table.all("shop", 10)).hasSize(1);
        assertThat(engine.begun()).hasSize(1);
    }

    @Test
    void a_schedule_follows_the_machines_clock_when_that_is_set_forward() {
        var schedule =
                new Schedule(
                        "hourly",
                        "0 * * * *",
                        "UTC",
                        List.of("report"),
                        Concurrency.FORBID,
                        Duration.ofHours(2),
                        Duration.ofMinutes(10));
        apply(SpecDraft.of("shop").schedules(schedule));

        ahead = Duration.ofHours(2);
        manager.wake();

        settled("the command runs", () -> !engine.begun().isEmpty());
    }

    private void apply(SpecDraft spec) {
        store.desiredState().apply(spec.spec(), "raw", ANN);
        manager.wake();
    }

    private Task newest() {
        return table.all("shop", 1).getFirst();
    }

    private App shop() {
        return store.stateReader().clusterState().apps().stream()
                .filter(app -> app.name().equals("shop"))
                .findFirst()
                .orElseThrow();
    }

    private List<String> rollbacks() {
        return store.tables().execute("select reason from events where type = 'RolloutRolledBack'");
    }

    private boolean isWeb(App app) {
        return app.name().equals("web");
    }

    private void changeLeader() {
        manager.deposed(term, "the leader was killed");
        manager = manager();
        term = store.beginTerm(2);
        manager.elected(term);
    }

    private Task request(int retries) {
        return request(retries, Duration.ofMinutes(10));
    }

    private Task request(int retries, Duration timeLimit) {
        var request = new TaskRequest(List.of("rake", "db:migrate"), null, timeLimit, retries);
        var task = table.request("web", request, ANN);
        manager.wake();
        return task;
    }

    /** Ends the program of the task's present attempt. */
    private void end(Task task, int exitCode, String... lines) {
        engine.end(task.containerName(), exitCode, lines);
        manager.wake(); // this manager does not watch the engine, because it is not deployed
    }

    private Task now(Task task) {
        return table.find("web", task.name());
    }

    private boolean isRunning(Task task) {
        var name = now(task).containerName();
        return engine.list().stream()
                .anyMatch(it -> it.name().equals(name) && it.state() == Container.State.RUNNING);
    }

    private void awaitState(Task task, TaskState state) {
        settled(
                "the task is " + state,
                () ->
                        now(task).state() == state
                                && (state != TaskState.RUNNING || isRunning(task)));
    }

    private void settled(String what, BooleanSupplier condition) {
        within(
                Eventually.PATIENCE,
                what,
                condition,
                () -> table.all("web", 10) + " " + table.all("shop", 10) + " " + engine.list());
    }

    private static final class NoChecks implements Checks {
        @Override
        public void watch(Map<Instance, AppSpec> instances) {}

        @Override
        public Optional<InstanceHealth> instanceHealth(Instance instance) {
            return Optional.empty();
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

    private static final class Unwatched implements LoopObserver {
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
