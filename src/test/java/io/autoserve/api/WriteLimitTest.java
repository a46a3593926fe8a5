package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.api.WriteLimit.Arrival;
import io.autoserve.api.WriteLimit.WriteTurn;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WriteLimitTest {
    private final WriteLimit limit = new WriteLimit(2, 3, Duration.ofMillis(100));

    @ParameterizedTest(name = "a write that comes {0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    to an idle controller begins              | 0 | 0 | BEGIN
                    while 1 of 2 permitted writes runs begins | 1 | 0 | BEGIN
                    while 2 of 2 permitted writes run waits   | 2 | 0 | WAIT
                    when the queue has one free place waits   | 2 | 2 | WAIT
                    when the queue is full is refused         | 2 | 3 | REFUSE
                    """)
    void decides_what_becomes_of_a_write_that_comes(
            String name, int underWay, int before, Arrival expected) {
        assertThat(limit.arrival(underWay, before)).isEqualTo(expected);
    }

    @ParameterizedTest(name = "the first in the queue {0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    begins when fewer writes run than permitted       | 1 | 99  | false | BEGIN
                    waits while as many writes run as permitted       | 2 | 99  | false | WAIT
                    is refused when it has waited too long            | 2 | 100 | false | REFUSE
                    is refused after too long even if it could begin  | 0 | 100 | false | REFUSE
                    is forgotten if its client has disconnected       | 0 | 0   | true  | FORGET
                    is then forgotten, not refused, after too long    | 2 | 100 | true  | FORGET
                    """)
    void decides_whose_turn_it_is(
            String name, int underWay, long waitedMillis, boolean askerGone, WriteTurn expected) {
        assertThat(limit.turn(underWay, Duration.ofMillis(waitedMillis), askerGone))
                .isEqualTo(expected);
    }
}
