package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.SteadyClock;
import io.autoserve.plan.Plan;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests the time that a new leader uses. The clock of its machine shows {@code NOON}. */
class TermTimeTest {
    private static final Instant LATER = NOON.plus(Duration.ofHours(1));

    private final App app = Fixtures.app("web", 1);
    private final TermTime time = new TermTime(new SteadyClock(() -> NOON, () -> 0));

    @Test
    void is_not_before_the_time_at_which_an_app_changed() {
        time.keep(Fixtures.clusterState(1, List.of(app.rolling(null, LATER))));

        assertThat(time.now()).isEqualTo(LATER);
    }

    @Test
    void is_not_before_the_time_at_which_an_instance_changed_its_state() {
        var failed = Fixtures.ready(app, 0).failed(1, LATER, "gone", LATER);

        time.keep(Fixtures.clusterState(1, List.of(app), failed));

        assertThat(time.now()).isEqualTo(LATER);
    }

    @Test
    void is_not_before_the_time_at_which_an_instance_became_ready() {
        Instance ready = Fixtures.running(app, 0).checked(true, "answers", LATER);

        time.keep(Fixtures.clusterState(1, List.of(app), ready));

        assertThat(time.now()).isEqualTo(LATER);
    }

    @Test
    void a_look_at_a_time_of_the_machines_clock_is_not_overdue_while_that_clock_is_behind() {
        time.keep(Fixtures.clusterState(1, List.of(app.rolling(null, LATER))));
        var due = new Plan(List.of(), Optional.of(NOON.plusSeconds(60)));

        assertThat(time.wallTime()).isEqualTo(NOON);
        assertThat(time.steady(due).lookAgainAt()).contains(LATER.plusSeconds(60));
    }
}
