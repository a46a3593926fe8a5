package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Volume;
import io.autoserve.model.Container;
import io.autoserve.model.Container.State;
import io.autoserve.model.Launch;
import io.autoserve.model.Security;
import io.autoserve.model.Term;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.ImageMissing;
import io.autoserve.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Defines what every runtime guarantees. The tests run against the fake runtime and against a real
 * Docker Engine.
 */
abstract class ContainerRuntimeContract {
    static final String IMAGE = "debian:trixie-slim";
    static final Duration GRACE = Duration.ofSeconds(5);
    private static final long PATIENCE_SECONDS = Eventually.PATIENCE.toSeconds();

    abstract ContainerRuntime runtime();

    abstract void freeze(Container container);

    /** Returns the security settings with which the runtime created the container. */
    abstract Security security(Container container);

    /**
     * Starts a container that writes these lines and ends with this exit code. Waits until the
     * container has ended, and returns it.
     */
    abstract Container ended(Launch launch, int exitCode, String... lines);

    @Test
    void lists_what_it_started_as_it_was_described() {
        var started = runtime().start(launch(0, 7));

        assertThat(runtime().list()).containsExactly(started);
        assertThat(started.name()).isEqualTo("t-runtime-0");
        assertThat(started.app()).isEqualTo("t-runtime");
        assertThat(started.index()).isZero();
        assertThat(started.instanceId()).isEqualTo(7);
        assertThat(started.revision()).isEqualTo(3);
        assertThat(started.epoch()).isEqualTo(5);
        assertThat(started.state()).isEqualTo(State.RUNNING);
        assertThat(started.address()).isNotNull();
    }

    @Test
    void starting_the_same_instance_twice_makes_one_container() {
        var first = runtime().start(launch(0, 7));

        assertThat(runtime().start(launch(0, 7))).isEqualTo(first);
        assertThat(runtime().list()).hasSize(1);
    }

    @Test
    void another_instance_of_the_same_name_takes_its_place_at_another_address() {
        var first = runtime().start(launch(0, 7));
        var second = runtime().start(launch(0, 8));

        assertThat(runtime().list()).containsExactly(second);
        assertThat(second.instanceId()).isEqualTo(8);
        assertThat(second.address()).isNotEqualTo(first.address());
    }

    @Test
    void an_earlier_term_does_not_touch_what_a_later_one_started() {
        var later = runtime().start(launch(0, 8));

        assertThatThrownBy(() -> runtime().start(inTerm(4, launch(0, 7))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("term");
        assertThat(runtime().list()).containsExactly(later);
    }

    @Test
    void a_container_has_the_rights_that_its_spec_gives_it_and_no_others() {
        var ordinary = runtime().start(launch(0, 7));
        var locked = new Security(List.of(), false, true, List.of("/tmp"), 100);
        var confined = runtime().start(secured(locked, launch(1, 8)));

        assertThat(security(ordinary)).isEqualTo(Security.DEFAULT);
        assertThat(security(confined)).isEqualTo(locked);
    }

    @Test
    void says_what_running_containers_use_and_is_silent_about_others() {
        var running = runtime().start(launch(0, 7));
        var ended = ended(launch(1, 8), 0);

        var used = runtime().usage(List.of(running.id(), ended.id(), "0".repeat(64)));

        assertThat(used).containsOnlyKeys(running.id());
        var usage = used.values().iterator().next();
        assertThat(usage.memoryBytes()).isBetween(1L, usage.memoryLimitBytes());
        assertThat(usage.cpu()).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    @Test
    void an_instance_that_has_ended_is_not_started_again() {
        var ended = ended(launch(0, 7), 3);

        var again = runtime().start(launch(0, 7));

        assertThat(again.id()).isEqualTo(ended.id());
        assertThat(again.state()).isEqualTo(State.EXITED);
        assertThat(again.address()).isNull();
    }

    @Test
    void a_missing_image_is_named() {
        assertThatThrownBy(() -> runtime().start(withImage("t-runtime/missing:1", launch(0, 7))))
                .isInstanceOf(ImageMissing.class)
                .hasMessageContaining("image 't-runtime/missing:1' does not exist");
        assertThat(runtime().list()).isEmpty();
    }

    @Test
    void a_stopped_container_is_gone_and_may_be_stopped_again() {
        var container = runtime().start(launch(0, 7));

        runtime().stop(container.id(), GRACE);
        runtime().stop(container.id(), GRACE);

        assertThat(runtime().list()).isEmpty();
    }

    @Test
    void a_removed_container_is_gone_and_may_be_removed_again() {
        var container = runtime().start(launch(0, 7));

        runtime().remove(container.id());
        runtime().remove(container.id());

        assertThat(runtime().list()).isEmpty();
    }

    @Test
    void a_frozen_container_keeps_its_address_and_can_be_stopped() {
        var container = runtime().start(launch(0, 7));
        freeze(container);

        var frozen = runtime().list().getFirst();
        assertThat(frozen.state()).isEqualTo(State.PAUSED);
        assertThat(frozen.address()).isEqualTo(container.address());

        runtime().stop(container.id(), GRACE);
        assertThat(runtime().list()).isEmpty();
    }

    @Test
    void tells_how_a_container_ended_and_what_it_wrote_last() {
        var ended = ended(launch(0, 7), 3, "first", "last");

        var ending = runtime().ending(ended.id());

        assertThat(ending.exitCode()).isEqualTo(3);
        assertThat(ending.outOfMemory()).isFalse();
        assertThat(ending.output()).extracting("text").containsExactly("first", "last");
    }

    @Test
    void a_container_that_runs_has_no_exit_code() {
        var container = runtime().start(launch(0, 7));

        assertThat(runtime().ending(container.id()).exitCode()).isNull();
    }

    @Test
    void logs_are_the_newest_lines_oldest_first() {
        var ended = ended(launch(0, 7), 0, "one", "two", "three");

        var lines = runtime().logs(ended.id(), 2, null);

        assertThat(lines).extracting("text").containsExactly("two", "three");
        assertThat(runtime().logs(ended.id(), 10, lines.getFirst().at().plusSeconds(60))).isEmpty();
    }

    /** Docker stores a line of more than 16 KiB in parts. */
    @Test
    void a_long_line_is_one_line() {
        var longLine = "x".repeat(40_000);
        var ended = ended(launch(0, 7), 0, longLine, "last");

        assertThat(runtime().logs(ended.id(), 10, null))
                .extracting("text")
                .containsExactly(longLine, "last");
    }

    @Test
    void a_command_answers_with_its_exit_code() {
        var container = runtime().start(launch(0, 7));

        assertThat(runtime().execute(container.id(), List.of("true"), GRACE).exitCode()).isZero();
        assertThat(runtime().execute(container.id(), List.of("false"), GRACE).exitCode()).isOne();
    }

    @Test
    void a_command_in_a_container_that_has_ended_is_refused() {
        var ended = ended(launch(0, 7), 0);

        assertThatThrownBy(() -> runtime().execute(ended.id(), List.of("true"), GRACE))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("is not running");
    }

    @Test
    void a_watcher_hears_of_the_connection_and_then_of_each_change() throws Exception {
        var heard = new LinkedBlockingQueue<String>();
        var end = runtime().watch(heard::add);
        try {
            assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEmpty();

            var container = runtime().start(launch(0, 7));
            assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("t-runtime-0");

            freeze(container);
            assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("t-runtime-0");

            runtime().remove(container.id());
            assertThat(heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo("t-runtime-0");
        } finally {
            end.run();
        }
    }

    @Test
    void a_created_container_runs_only_after_it_begins() {
        var task = LaunchDraft.of(launch(0, 7)).task().launch();

        var created = runtime().create(task);
        assertThat(created.state()).isEqualTo(State.CREATED);
        assertThat(created.task()).isTrue();
        assertThat(runtime().create(task).id()).isEqualTo(created.id());

        assertThat(runtime().begin(created.id())).isTrue();
        assertThat(runtime().begin(created.id())).isTrue();
        assertThat(runtime().list())
                .extracting(Container::id, Container::state, Container::task)
                .containsExactly(tuple(created.id(), State.RUNNING, true));
    }

    @Test
    void a_halted_container_stays_until_it_is_removed() {
        var task = LaunchDraft.of(launch(0, 7)).task().launch();
        var container = runtime().create(task);
        runtime().begin(container.id());

        runtime().halt(container.id(), GRACE);
        runtime().halt(container.id(), GRACE);

        assertThat(runtime().list()).extracting(Container::state).containsExactly(State.EXITED);
        assertThat(runtime().ending(container.id()).exitCode()).isPositive();
    }

    static Launch launch(int index, long instanceId) {
        return new Launch(
                "t-runtime-" + index,
                "t-runtime",
                index,
                instanceId,
                3,
                new Term(5, new UUID(0, 5)),
                IMAGE,
                PullPolicy.NEVER,
                null,
                Map.of("GREETING", "hello"),
                List.of("SELF"),
                List.of(),
                List.of("sleep", "infinity"),
                null,
                null,
                Map.of("team", "web", "autoserve.app", "forged"),
                List.of(),
                Resources.UNLIMITED,
                Security.DEFAULT,
                LogLimits.DEFAULT);
    }

    static Launch inTerm(long epoch, Launch launch) {
        return LaunchDraft.of(launch).epoch(epoch).launch();
    }

    static Launch withImage(String image, Launch launch) {
        return LaunchDraft.of(launch).image(image).launch();
    }

    static Launch withArgs(Launch launch, String... args) {
        return LaunchDraft.of(launch).args(args).launch();
    }

    static Launch limited(List<Volume> volumes, Resources resources) {
        return LaunchDraft.of(launch(0, 7))
                .withoutVariables()
                .volumes(volumes)
                .resources(resources)
                .launch();
    }

    static Launch secured(Security security, Launch launch) {
        return LaunchDraft.of(launch).security(security).launch();
    }
}
