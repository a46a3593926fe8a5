package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Tests the steady clock on a machine whose own clock is set forward and back. */
class SteadyClockTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Instant wall = START;
    private long nanos;
    private final SteadyClock clock = new SteadyClock(() -> wall, () -> nanos);

    @Test
    void follows_a_machine_whose_clock_is_right() {
        pass(Duration.ofMinutes(10));
        assertThat(clock.instant()).isEqualTo(wall);
    }

    @Test
    void does_not_jump_back_with_the_machines_clock() {
        wall = wall.minus(Duration.ofHours(1));
        pass(Duration.ofSeconds(10));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(9));
        pass(Duration.ofHours(10));
        assertThat(clock.instant()).as("it runs a tenth slower until it is right").isEqualTo(wall);
    }

    @Test
    void does_not_jump_ahead_with_the_machines_clock() {
        wall = wall.plus(Duration.ofHours(1));
        pass(Duration.ofSeconds(10));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(11));
    }

    @Test
    void shows_the_machines_clock_to_schedules() {
        wall = wall.plus(Duration.ofHours(8));
        assertThat(clock.wallTime()).isEqualTo(wall);
    }

    @Test
    void is_set_after_what_an_earlier_leader_recorded() {
        var recorded = START.plusSeconds(3600);
        clock.notBefore(recorded);
        pass(Duration.ofSeconds(10));
        assertThat(clock.instant()).isEqualTo(recorded.plusSeconds(9));
        clock.notBefore(START);
        assertThat(clock.instant()).isEqualTo(recorded.plusSeconds(9));
    }

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }
}
