package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.container;
import static io.autoserve.testing.Fixtures.starting;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.Container;
import io.autoserve.model.Hidden;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.Instance;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Launch;
import io.autoserve.model.Progress;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.Action.Start.Cause;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.TaskTable;
import io.autoserve.testing.AbsentDatabase;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.FakeRuntime.Call;
import io.autoserve.testing.FakeRuntime.Fault;
import io.autoserve.testing.FakeRuntime.Operation;
import io.autoserve.testing.SpecDraft;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Runs the executor on an engine in memory, one action after the other, while the database does not
 * answer. {@link AppManagerIT} tests with a real database what the executor writes.
 */
class ActionExecutorTest {
    private static final App WEB = app("web", 9);

    /**
     * An app whose images are pulled before each start. A pull needs no database once the claim of
     * its start is committed.
     */
    private static final App PULLED =
            app(SpecDraft.of("web").pullPolicy(PullPolicy.ALWAYS).spec(), 9);

    private final AbsentDatabase absent = new AbsentDatabase();
    private final FakeRuntime engine = new FakeRuntime(() -> NOON);
    private final Queue<Runnable> begun = new ConcurrentLinkedQueue<>();
    private final List<Boolean> outcomes = new ArrayList<>();
    private final List<ImageAccess> accesses = new ArrayList<>();
    private boolean standbyFollows = true;
    private Optional<String> firewall = Optional.empty();
    private int wakes;
    private long nanos;
    private final ActionExecutor executor = executor();

    private ActionExecutor executor() {
        var term = new Term(1, new UUID(0, 1));
        var writes =
                new FencedWrites(
                        absent.database(),
                        "controller",
                        () -> NOON,
                        Settings.MAX_INSTANCES,
                        InstanceLimits.NONE);
        return new ActionExecutor(
                term,
                new Recorder(term, writes, engine, () -> NOON) {
                    @Override
                    Optional<Instance> claim(Action.OnEngine action) {
                        return action instanceof Action.Resume resume
                                ? Optional.of(resume.instance())
                                : super.claim(action);
                    }

                    @Override
                    void confirm() {
                        if (!standbyFollows) {
                            super.confirm();
                        }
                    }

                    @Override
                    Optional<String> resolved(App app, Image image, ImageAccess access) {
                        accesses.add(access);
                        return access.isProven() || app.spec().registryAuth() == null
                                ? Optional.of(image.name())
                                : Optional.empty();
                    }
                },
                new TaskRecorder(
                        term,
                        new TaskTable(
                                absent.database(),
                                writes,
                                () -> NOON,
                                InstanceLimits.NONE,
                                new Random(7)),
                        engine,
                        () -> NOON),
                new Launches(_ -> Optional.of(new Hidden("credentials"))),
                engine,
                new EngineTurns(Time.counted(() -> nanos), new Random(7), _ -> {}, () -> {}),
                () -> firewall,
                () -> NOON,
                Time.system(),
                begun::add,
                () -> wakes++,
                new Outcomes(),
                Duration.ZERO);
    }

    @Test
    void nothing_is_started_without_a_claim() {
        executor.submit(List.of(new Action.Start(WEB, 0, Cause.GROWTH, "wanted")));
        runNext();

        assertThat(engine.calls()).isEmpty();
        assertThat(absent.asked()).isPositive();
        assertThat(outcomes).containsExactly(false);
        assertThat(executor.busy()).isEmpty();
        assertThat(wakes).isOne();
    }

    @Test
    void nothing_is_stopped_without_a_claim() {
        var leaving = starting(WEB, 0);
        engine.put(container(leaving));

        executor.submit(List.of(new Action.Stop(WEB, leaving, container(leaving), "drained")));
        runNext();

        assertThat(engine.list()).hasSize(1);
        assertThat(outcomes).containsExactly(false);
    }

    @Test
    void nothing_is_removed_while_the_standby_may_lack_what_the_leader_has_read() {
        standbyFollows = false;
        var failed = starting(WEB, 0);
        var stray = starting(WEB, 1);
        engine.put(container(failed));
        engine.put(container(stray));

        executor.submit(
                List.of(
                        new Action.Clear(WEB, failed, container(failed), Duration.ZERO, ""),
                        new Action.Remove(container(stray), "belongs to no instance")));
        runNext();
        runNext();

        assertThat(engine.list()).hasSize(2);
        assertThat(absent.asked()).isEqualTo(2);
        assertThat(outcomes).containsExactly(false, false);
    }

    @Test
    void a_slot_is_busy_until_its_action_has_ended_and_then_the_loop_is_woken() {
        executor.submit(List.of(begin(0)));
        assertThat(executor.busy()).containsExactly("web-0");

        runNext();

        assertThat(executor.busy()).isEmpty();
        assertThat(wakes).isOne();
    }

    @Test
    void a_slot_has_one_action_at_a_time() {
        executor.submit(List.of(begin(0)));

        executor.submit(List.of(begin(0), begin(1)));

        assertThat(begun).hasSize(2);
        assertThat(executor.busy()).containsExactlyInAnyOrder("web-0", "web-1");
    }

    @Test
    void a_slot_on_which_an_action_began_after_the_look_is_left_to_the_next_pass() {
        executor.submit(List.of(begin(0)));
        runNext();
        assertThat(executor.begunSinceLook()).containsExactly("web-0");

        executor.submit(List.of(begin(0)));
        assertThat(begun).isEmpty();

        executor.busy(); // the next pass begins with this call
        executor.submit(List.of(begin(0)));
        assertThat(begun).hasSize(1);
    }

    @Test
    void what_waits_is_dropped_when_it_is_no_longer_planned() {
        submitStarts(6);
        assertThat(begun).hasSize(4); // the initial limit of concurrent starts

        executor.submit(List.of());
        runNext();
        executor.begin();

        assertThat(begun).hasSize(3);
        assertThat(executor.progress()).isEmpty();
    }

    @Test
    void what_waits_begins_when_a_turn_is_given_back() {
        submitStarts(6);

        runNext();
        executor.begin();

        assertThat(begun).hasSize(4);
        assertThat(executor.busy()).contains("web-4").doesNotContain("web-0");
    }

    @Test
    void the_first_waiting_start_of_each_app_says_how_many_are_ahead() {
        submitStarts(4);
        var blog = app(SpecDraft.of("blog").spec(), 1);
        var other = new Action.Resume(blog, starting(blog, 0), "not finished");

        executor.submit(List.of(begin(4), begin(5), other));

        assertThat(executor.progress())
                .containsExactly(
                        new Progress("blog", 0, "waiting for the engine (4 ahead)"),
                        new Progress("web", 4, "waiting for the engine (5 ahead)"));
    }

    @Test
    void no_instance_starts_before_it_may_but_instances_are_removed() {
        firewall = Optional.of("waiting for the firewall");
        var leaving = starting(WEB, 7);
        engine.put(container(leaving));

        executor.submit(
                List.of(
                        begin(0),
                        begin(1),
                        new Action.Start(WEB, 2, Cause.REPAIR, "gone"),
                        new Action.Remove(container(leaving), "unknown")));

        assertThat(executor.busy()).containsExactly("web-7");
        assertThat(executor.progress())
                .containsExactly(new Progress("web", 0, "waiting for the firewall"));

        firewall = Optional.empty();
        executor.begin();

        assertThat(executor.busy()).contains("web-0", "web-1", "web-2");
    }

    @Test
    void nothing_begins_after_the_end_not_even_what_waits() {
        submitStarts(6);

        executor.end();
        runNext();
        executor.begin();
        executor.submit(List.of(begin(8)));

        assertThat(begun).hasSize(3);
        assertThat(executor.progress()).isEmpty();
    }

    @Test
    void an_image_that_the_engine_lacks_is_pulled_and_the_next_pass_starts() {
        engine.unpulled(WEB.spec().image());
        resume(WEB);
        assertThat(operations()).containsExactly(Operation.PULL);
        assertThat(outcomes).containsExactly(true);

        resume(WEB);
        assertThat(operations()).endsWith(Operation.PULL, Operation.START);
        assertThat(engine.list()).hasSize(1);
    }

    @Test
    void an_image_that_is_always_pulled_is_pulled_once_for_a_start() {
        resume(PULLED);
        assertThat(operations()).containsExactly(Operation.PULL);

        resume(PULLED);
        assertThat(operations()).containsExactly(Operation.PULL, Operation.START);
    }

    @Test
    void a_container_is_created_from_the_recorded_image_and_not_from_its_tag() {
        var recorded = engine.image(PULLED.spec().image()).orElseThrow().name();
        engine.moved(PULLED.spec().image());

        resume(PULLED.running(recorded));

        assertThat(operations()).containsExactly(Operation.START);
        assertThat(engine.launches()).extracting(Launch::image).containsExactly(recorded);
        assertThat(engine.list()).extracting(Container::image).containsExactly(recorded);
    }

    @Test
    void a_recorded_image_that_the_engine_lacks_is_pulled_by_its_digest() {
        var recorded = engine.image(WEB.spec().image()).orElseThrow().name();
        engine.unpulled(WEB.spec().image());

        resume(WEB.running(recorded));
        assertThat(operations()).containsExactly(Operation.START, Operation.PULL);

        resume(WEB.running(recorded));
        assertThat(engine.launches()).extracting(Launch::image).containsExactly(recorded);
    }

    @Test
    void a_recorded_image_is_pulled_again_without_a_question_about_its_access() {
        var spec = SpecDraft.of("web").registryAuth("company").spec();
        var recorded = engine.image(spec.image()).orElseThrow().name();
        engine.unpulled(spec.image());

        resume(app(spec, 9).running(recorded));
        assertThat(operations()).containsExactly(Operation.START, Operation.PULL);

        resume(app(spec, 9).running(recorded));
        assertThat(operations()).containsExactly(Operation.START, Operation.PULL, Operation.START);
    }

    @Test
    void an_image_that_the_engine_has_starts_only_after_the_registry_accepted_the_credentials() {
        var spec = SpecDraft.of("web").registryAuth("company").spec();
        engine.closed(spec.image(), "credentials");

        resume(app(spec, 9));
        assertThat(operations()).containsExactly(Operation.OFFERED, Operation.OFFERED);

        resume(app(spec, 9));
        assertThat(operations())
                .containsExactly(Operation.OFFERED, Operation.OFFERED, Operation.START);
        assertThat(accesses).containsExactly(ImageAccess.UNPROVEN, ImageAccess.PRIVATE);
    }

    @Test
    void an_image_that_the_registry_gives_to_everybody_is_public_though_the_app_has_credentials() {
        var spec = SpecDraft.of("web").registryAuth("company").spec();

        resume(app(spec, 9));
        resume(app(spec, 9));

        assertThat(accesses).containsExactly(ImageAccess.UNPROVEN, ImageAccess.PUBLIC);
    }

    @Test
    void a_pull_with_credentials_shows_whether_the_image_is_private() {
        var spec = SpecDraft.of("web").pullPolicy(PullPolicy.ALWAYS).registryAuth("company").spec();

        resume(app(spec, 9));
        resume(app(spec, 9));
        assertThat(operations())
                .containsExactly(Operation.OFFERED, Operation.PULL, Operation.START);
        assertThat(accesses).containsExactly(ImageAccess.PUBLIC);

        engine.closed(spec.image(), "credentials");
        accesses.clear();
        resume(app(spec, 9));
        resume(app(spec, 9));
        assertThat(accesses).containsExactly(ImageAccess.PRIVATE);
    }

    @Test
    void a_pull_is_forgotten_when_no_plan_resumes_its_instance_any_more() {
        resume(PULLED);

        executor.busy();
        executor.submit(List.of());
        resume(PULLED);

        assertThat(operations()).containsExactly(Operation.PULL, Operation.PULL);
    }

    @Test
    void a_full_disk_of_the_engine_is_no_failure_of_the_instance_and_the_start_is_retried() {
        engine.faults(_ -> Fault.DISK_FULL);
        resume(WEB);
        assertThat(absent.asked()).as("no failure is recorded").isZero();
        assertThat(outcomes).containsExactly(false);

        executor.busy();
        executor.submit(List.of(new Action.Resume(WEB, starting(WEB, 0), "not finished")));
        assertThat(begun).as("the engine is left alone for a while").isEmpty();
        assertThat(executor.progress())
                .singleElement()
                .extracting(Progress::text)
                .asString()
                .startsWith("Docker's disk is full: free space on it");

        engine.faults(_ -> Fault.NONE);
        nanos += Duration.ofMinutes(1).toNanos();
        resume(WEB);
        assertThat(engine.list()).hasSize(1);
    }

    @Test
    void a_full_disk_is_no_longer_shown_once_the_engine_gives_another_reason() {
        engine.faults(_ -> Fault.DISK_FULL);
        resume(WEB);
        engine.faults(_ -> Fault.REFUSED);
        nanos += Duration.ofMinutes(1).toNanos();
        resume(WEB);

        executor.busy();
        submitStarts(6);

        assertThat(executor.progress())
                .singleElement()
                .extracting(Progress::text)
                .asString()
                .startsWith("waiting for the engine");
    }

    @Test
    void an_orphan_is_removed_though_the_event_about_it_is_lost() {
        var orphan = container(starting(WEB, 0));
        engine.put(orphan);

        executor.submit(List.of(new Action.Remove(orphan, "belongs to no instance")));
        runNext();

        assertThat(engine.list()).isEmpty();
        assertThat(outcomes).containsExactly(false);
    }

    @Test
    void a_failed_container_without_grace_is_removed_and_one_with_grace_is_stopped() {
        var failed = starting(WEB, 0);
        var gone = container(failed);
        engine.put(gone);
        executor.submit(List.of(new Action.Clear(WEB, failed, gone, Duration.ZERO, "")));
        runNext();

        executor.busy();
        engine.put(gone);
        executor.submit(List.of(new Action.Clear(WEB, failed, gone, Duration.ofDays(1), "")));
        runNext();

        assertThat(operations()).containsExactly(Operation.REMOVE, Operation.STOP);
    }

    @Test
    void only_names_of_an_app_with_a_number_are_its_slots() {
        var busy = Set.of("web-0", "web-12", "web-x-1", "webs-3", "web-1234567890", "other-4");

        assertThat(ActionExecutor.indexes(busy, "web")).containsExactlyInAnyOrder(0, 12);
        assertThat(ActionExecutor.indexes(busy, "web-x")).containsExactly(1);
    }

    private void resume(App app) {
        executor.busy();
        executor.submit(List.of(new Action.Resume(app, starting(app, 0), "not finished")));
        runNext();
    }

    private void submitStarts(int count) {
        executor.submit(IntStream.range(0, count).mapToObj(ActionExecutorTest::begin).toList());
    }

    private static Action.Resume begin(int index) {
        return new Action.Resume(PULLED, starting(PULLED, index), "not finished");
    }

    private void runNext() {
        begun.remove().run();
    }

    private List<Operation> operations() {
        return engine.calls().stream()
                .map(Call::operation)
                .filter(it -> it != Operation.LIST)
                .toList();
    }

    private final class Outcomes implements LoopObserver {
        @Override
        public Pass passBegan() {
            return _ -> {};
        }

        @Override
        public Span began(Action.OnEngine action) {
            return outcomes::add;
        }

        @Override
        public void queue(int starts, int removals, int limit) {}

        @Override
        public void stillRouted(int instances) {}

        @Override
        public void lacksStandby(boolean lost) {}
    }
}
