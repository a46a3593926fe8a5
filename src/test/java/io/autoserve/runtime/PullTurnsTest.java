package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PullTurnsTest {
    private static final Duration TURN = Duration.ofSeconds(30);

    private final PullTurns turns = new PullTurns(TURN, () -> 0);

    @Test
    void eight_pulls_begin_at_once_and_the_next_one_after_the_oldest_took_long() {
        assertThat(turns.freeAfter(pulls(7, 0))).contains(Duration.ZERO);
        assertThat(turns.freeAfter(pulls(8, 10))).contains(Duration.ofSeconds(20));

        var ages = IntStream.rangeClosed(1, 8).mapToObj(Duration::ofSeconds).toList();
        assertThat(turns.freeAfter(ages)).contains(Duration.ofSeconds(22));
    }

    @Test
    void pulls_that_take_long_hold_no_turn() {
        assertThat(turns.freeAfter(pulls(40, 30))).contains(Duration.ZERO);
        assertThat(
                        turns.freeAfter(
                                Stream.concat(pulls(40, 30).stream(), pulls(8, 5).stream())
                                        .toList()))
                .contains(Duration.ofSeconds(25));
    }

    @Test
    void the_number_of_all_pulls_is_limited() {
        assertThat(turns.freeAfter(pulls(PullTurns.AT_MOST - 1, 30))).contains(Duration.ZERO);
        assertThat(turns.freeAfter(pulls(PullTurns.AT_MOST, 30))).isEmpty();
    }

    private static List<Duration> pulls(int count, int seconds) {
        return Collections.nCopies(count, Duration.ofSeconds(seconds));
    }
}
