package io.autoserve.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DoorRepairsTest {
    private static final FrontDoor CLOSED =
            FrontDoor.read("127.0.0.1:80 nginx closed it refuses connections");
    private static final FrontDoor OPEN = FrontDoor.read("127.0.0.1:80 nginx open");
    private static final FrontDoor DOWN = FrontDoor.read("127.0.0.1:80 nginx down it is not there");

    private final DoorRepairs repairs = new DoorRepairs();
    private long now;
    private int starts = 1;

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private Map<String, String> started() {
        return Map.of("nginx", "start " + starts);
    }

    /** Returns whether a restart is due. Restarts the part if it is, and looks once more. */
    private boolean repairs(FrontDoor front) {
        var due = repairs.due(front, started(), now).contains("nginx");
        if (due) {
            starts++;
            assertThat(repairs.due(front, started(), now)).isEmpty();
        }
        return due;
    }

    /**
     * Returns the number of restarts while the address stays in a state, with one look a minute.
     */
    private int restarts(FrontDoor front, Duration time) {
        var restarts = 0;
        for (var minute = 0; minute < time.toMinutes(); minute++) {
            restarts += repairs(front) ? 1 : 0;
            pass(Duration.ofMinutes(1));
        }
        return restarts;
    }

    @Test
    void a_part_with_a_closed_address_is_restarted_at_once_and_others_are_not() {
        assertThat(repairs.due(CLOSED, started(), now)).containsExactly("nginx");
        assertThat(new DoorRepairs().due(OPEN, started(), now)).isEmpty();
        assertThat(new DoorRepairs().due(DOWN, started(), now)).isEmpty();
    }

    @Test
    void a_part_is_restarted_at_most_once_in_a_minute() {
        assertThat(repairs(CLOSED)).isTrue();
        pass(DoorRepairs.FIRST_PAUSE.minusNanos(1));
        assertThat(repairs(CLOSED)).isFalse();
        pass(Duration.ofNanos(1));
        assertThat(repairs(CLOSED)).isTrue();
    }

    @Test
    void the_pause_grows_although_each_restart_helps() {
        for (var pause : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertThat(repairs(CLOSED)).isTrue();
            repairs(OPEN);
            pass(Duration.ofMinutes(pause).minusSeconds(1));
            assertThat(repairs(CLOSED)).as("before %d minutes", pause).isFalse();
            pass(Duration.ofSeconds(1));
        }
    }

    @Test
    void restarts_that_do_not_help_end_until_the_part_was_whole() {
        assertThat(restarts(CLOSED, Duration.ofDays(2))).isEqualTo(DoorRepairs.MOST_IN_VAIN);

        repairs(OPEN);

        assertThat(repairs(CLOSED)).isTrue();
    }

    @Test
    void a_new_leader_continues_the_count_of_the_earlier_one() {
        var next = new DoorRepairs();
        for (var minute = 0; minute < Duration.ofDays(2).toMinutes(); minute++) {
            next.due(minute % 2 == 0 ? CLOSED : DOWN, started(), now);
            repairs(CLOSED);
            pass(Duration.ofMinutes(1));
        }

        assertThat(next.due(CLOSED, started(), now)).isEmpty();
        assertThat(new DoorRepairs().due(CLOSED, started(), now)).containsExactly("nginx");
    }

    @Test
    void a_restart_that_docker_refused_does_not_count() {
        assertThat(repairs.due(CLOSED, started(), now)).containsExactly("nginx");
        assertThat(repairs.due(CLOSED, started(), now)).containsExactly("nginx");
    }

    @Test
    void a_start_while_the_part_was_whole_is_no_repair() {
        repairs.due(OPEN, started(), now);
        starts++;
        assertThat(repairs.due(CLOSED, started(), now)).containsExactly("nginx");
    }

    @Test
    void a_part_is_not_restarted_while_its_start_is_unknown() {
        assertThat(repairs.due(CLOSED, Map.of(), now)).isEmpty();
    }

    @Test
    void the_pause_is_short_again_after_an_hour_without_a_fault() {
        assertThat(restarts(CLOSED, Duration.ofMinutes(16))).isEqualTo(3);
        pass(DoorRepairs.LONGEST_PAUSE);
        repairs(OPEN);

        assertThat(repairs(CLOSED)).isTrue();
        pass(DoorRepairs.FIRST_PAUSE);
        assertThat(repairs(CLOSED)).isTrue();
    }
}
