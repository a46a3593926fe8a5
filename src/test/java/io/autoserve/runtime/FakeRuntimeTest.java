package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.Container;
import io.autoserve.model.Launch;
import io.autoserve.model.Security;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.Execution;
import io.autoserve.runtime.ContainerRuntime.NoRoom;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.FakeRuntime.Fault;
import io.autoserve.testing.FakeRuntime.Operation;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FakeRuntimeTest extends ContainerRuntimeContract {
    private final FakeRuntime fake =
            new FakeRuntime(InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")));

    @BeforeEach
    void knowsWhatTheContractAssumes() {
        fake.missing("t-runtime/missing:1");
        fake.commands((_, command) -> new Execution(command.equals(List.of("false")) ? 1 : 0, ""));
    }

    @Override
    ContainerRuntime runtime() {
        return fake;
    }

    @Override
    void freeze(Container container) {
        fake.freeze(container.name());
    }

    @Override
    Security security(Container container) {
        return fake.security(container);
    }

    @Override
    Container ended(Launch launch, int exitCode, String... lines) {
        var container = fake.start(launch);
        fake.end(container.name(), exitCode, lines);
        return container;
    }

    @Test
    void a_start_for_which_no_machine_has_room_creates_nothing() {
        fake.faults(call -> call.operation() == Operation.START ? Fault.NO_ROOM : Fault.NONE);

        assertThatThrownBy(() -> fake.start(launch(0, 7)))
                .isInstanceOf(NoRoom.class)
                .hasMessageStartingWith("no machine has room for the instance");

        assertThat(fake.list()).isEmpty();
    }

    @Test
    void a_container_that_the_engine_ends_still_runs() {
        var container = fake.start(launch(0, 7));
        fake.leave(container.name());

        assertThat(fake.list())
                .singleElement()
                .satisfies(it -> assertThat(it.alive()).isTrue())
                .satisfies(it -> assertThat(it.address()).isEqualTo(container.address()));
    }

    @Test
    void an_answer_that_is_lost_leaves_the_thing_done() {
        fake.faults(call -> call.operation() == Operation.START ? Fault.ANSWER_LOST : Fault.NONE);

        assertThatThrownBy(() -> fake.start(launch(0, 7))).isInstanceOf(EngineException.class);

        assertThat(fake.list()).hasSize(1);
    }

    @Test
    void a_call_that_is_refused_leaves_nothing_behind() {
        fake.faults(call -> call.operation() == Operation.START ? Fault.REFUSED : Fault.NONE);

        assertThatThrownBy(() -> fake.start(launch(0, 7))).isInstanceOf(EngineException.class);

        assertThat(fake.list()).isEmpty();
    }

    @Test
    void a_call_that_hangs_ends_when_it_is_released() throws Exception {
        fake.faults(call -> call.operation() == Operation.LIST ? Fault.HANGS : Fault.NONE);
        var call = Thread.ofVirtual().unstarted(() -> assertThatThrownBy(fake::list));
        call.start();
        assertThat(call.isAlive()).isTrue();

        fake.release();

        call.join();
    }
}
