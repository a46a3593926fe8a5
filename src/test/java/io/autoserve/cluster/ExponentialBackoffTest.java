package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExponentialBackoffTest {
    private static final ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofSeconds(2));

    @ParameterizedTest(name = "after {0} failures the pause is {1} to {2} ms")
    @CsvSource({"1, 100, 200", "2, 200, 400", "3, 400, 800", "5, 1000, 2000", "1000, 1000, 2000"})
    void a_pause_doubles_with_each_failure_up_to_the_maximum(int failures, long least, long most) {
        for (var seed = 0; seed < 100; seed++) {
            assertThat(BACKOFF.pause(failures, new Random(seed)))
                    .as("seed %d", seed)
                    .isBetween(Duration.ofMillis(least), Duration.ofMillis(most));
        }
    }

    @Test
    void controllers_that_failed_together_pause_for_different_times() {
        assertThat(BACKOFF.pause(9, new Random(1))).isNotEqualTo(BACKOFF.pause(9, new Random(2)));
    }

    @Test
    void a_pause_of_no_time_is_refused() {
        assertThatThrownBy(() -> new ExponentialBackoff(Duration.ZERO, Duration.ofSeconds(1)))
                .hasMessageContaining("must be positive");
    }

    @Test
    void the_random_part_of_a_pause_may_be_smaller() {
        var narrow = new ExponentialBackoff(Duration.ofMillis(100), Duration.ofMillis(1500), 0.5);

        assertThat(narrow.pause(1, 0)).hasMillis(100);
        assertThat(narrow.pause(1, 1)).hasMillis(150);
        assertThat(narrow.pause(100, 0)).hasMillis(1000);
        assertThat(narrow.pause(100, 1)).hasMillis(1500);
    }

    @Test
    void a_longest_pause_without_room_for_the_random_part_is_refused() {
        var pause = Duration.ofSeconds(1);

        assertThatThrownBy(() -> new ExponentialBackoff(pause, pause))
                .hasMessageContaining("random part");
    }
}
