package io.autoserve.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ShrinkingTest {
    @Test
    void leaves_only_what_a_failure_needs() {
        var schedule = Disturbance.schedule(1, Duration.ofMinutes(5));
        var first = schedule.get(3);
        var second = schedule.get(schedule.size() - 2);

        var shrunk = Shrinking.shrunk(schedule, it -> it.contains(first) && it.contains(second));

        assertThat(shrunk).containsExactly(first, second);
    }
}
