package io.autoserve.model;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.Instance.State;
import io.autoserve.model.Instance.Transition;
import io.autoserve.testing.Fixtures;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class InstanceTest {
    private static final App WEB = Fixtures.app("web", 1);

    private static final Map<State, Set<Transition>> ALLOWED =
            Map.of(
                    State.PENDING, EnumSet.of(Transition.OCCUPY),
                    State.STARTING, EnumSet.of(Transition.RESUME, Transition.RUN, Transition.FAIL),
                    State.RUNNING,
                            EnumSet.of(
                                    Transition.RUN,
                                    Transition.CHECK,
                                    Transition.DRAIN,
                                    Transition.FAIL),
                    State.DRAINING, EnumSet.of(Transition.STOP),
                    State.STOPPING, EnumSet.of(Transition.STOP),
                    State.FAILED, EnumSet.of(Transition.CLEAR));

    @ParameterizedTest
    @EnumSource(State.class)
    void a_state_allows_only_its_transitions(State state) {
        var instance = in(state);
        for (var transition : Transition.values()) {
            var allowed = ALLOWED.getOrDefault(state, Set.of()).contains(transition);
            assertThat(instance.allows(transition)).as("%s", transition).isEqualTo(allowed);
            if (allowed) {
                change(instance, transition);
            } else {
                assertThatThrownBy(() -> change(instance, transition))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage(
                                "web-0 is %s, which does not allow %s"
                                        .formatted(state, transition));
            }
        }
    }

    @Test
    void a_running_instance_has_a_container_with_an_address() {
        var starting = Fixtures.starting(WEB, 0);
        var disconnected = Fixtures.in(Container.State.RUNNING, null, Fixtures.container(starting));

        assertThatThrownBy(() -> starting.running(disconnected, NOON))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an instance that is RUNNING needs a container with an address");
    }

    private static Instance in(State state) {
        var starting = Fixtures.starting(WEB, 0);
        var ready = Fixtures.ready(WEB, 0);
        var draining = ready.draining(NOON, "test", NOON);
        var failed = ready.failed(1, NOON, "test", NOON);
        return switch (state) {
            case PENDING -> failed.pending(NOON);
            case STARTING -> starting;
            case RUNNING -> ready;
            case DRAINING -> draining;
            case STOPPING -> draining.stopping("test", NOON);
            case FAILED -> failed;
        };
    }

    private static Instance change(Instance instance, Transition transition) {
        return switch (transition) {
            case OCCUPY -> Instance.starting(7, WEB, 0, instance, "test", NOON);
            case RESUME -> instance.resumed("test");
            case RUN -> instance.running(Fixtures.container(instance), NOON);
            case CHECK -> instance.checked(false, "test", NOON);
            case DRAIN -> instance.draining(NOON, "test", NOON);
            case STOP -> instance.stopping("test", NOON);
            case FAIL -> instance.failed(1, NOON, "test", NOON);
            case CLEAR -> instance.pending(NOON);
        };
    }
}
