package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.autoserve.api.StreamLimit.StreamTurn;
import io.autoserve.model.StreamKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamLimitTest {
    private final StreamLimit limit = new StreamLimit(3, 10, 2, 5);

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    the first stream opens                              | false | EVENTS  | 0 | 0 | 0  | 200 | OPEN
                    the last one of the token's share opens             | false | EVENTS  | 2 | 0 | 2  | 200 | OPEN
                    one more than the share is refused                  | false | EVENTS  | 3 | 0 | 3  | 200 | TOKEN_FULL
                    an admin's token has a share too                    | true  | EVENTS  | 3 | 0 | 3  | 200 | TOKEN_FULL
                    the last one beside the reserve opens               | false | LOGS    | 0 | 0 | 7  | 200 | OPEN
                    the reserve is not for deployers                    | false | LOGS    | 0 | 0 | 8  | 200 | CONTROLLER_FULL
                    the reserve is for admins                           | true  | LOGS    | 0 | 0 | 8  | 200 | OPEN
                    the last one of the reserve opens                   | true  | EXEC    | 0 | 0 | 9  | 200 | OPEN
                    nobody gets more than the controller has            | true  | EXEC    | 0 | 0 | 10 | 200 | CONTROLLER_FULL
                    events need no connection to a container            | false | EVENTS  | 0 | 0 | 0  | 0   | OPEN
                    the last connections to containers are for admins   | false | LOGS    | 0 | 0 | 0  | 20  | CONTAINERS_FULL
                    one connection beside them is for anybody           | false | FORWARD | 0 | 0 | 0  | 21  | OPEN
                    an admin gets the last connection to a container    | true  | EXEC    | 0 | 0 | 0  | 1   | OPEN
                    and nobody one more                                 | true  | EXEC    | 0 | 0 | 0  | 0   | CONTAINERS_FULL
                    the last connection of the token's share opens      | false | EXEC    | 1 | 4 | 1  | 200 | OPEN
                    one more connection than the share is refused       | true  | FORWARD | 1 | 5 | 1  | 200 | TOKEN_CONTAINERS_FULL
                    events need nothing of that share                   | false | EVENTS  | 1 | 5 | 1  | 200 | OPEN
                    """)
    void decides_whether_a_stream_opens(
            String name,
            boolean admin,
            StreamKind kind,
            int ofToken,
            int connections,
            int all,
            int free,
            StreamTurn expected) {
        assertThat(limit.arrival(admin, kind, ofToken, connections, all, free)).isEqualTo(expected);
    }

    @Test
    void a_token_gets_all_connections_that_it_needs_or_none() {
        assertThat(limit.holds(2, 3)).isTrue();
        assertThat(limit.holds(2, 4)).isFalse();
        assertThat(limit.holds(5, 0)).isTrue();
    }

    @ParameterizedTest(name = "a heap of {0} MiB")
    @CsvSource({"16, 100, 10", "64, 256, 25", "460, 1840, 184", "100000, 10000, 1000"})
    void the_total_follows_the_heap(long mebibytes, int total, int reserve) {
        assertThat(StreamLimit.of(64, mebibytes << 20))
                .isEqualTo(new StreamLimit(64, total, reserve));
    }

    @Test
    void allows_at_least_one() {
        assertThatIllegalArgumentException().isThrownBy(() -> new StreamLimit(0, 10, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> new StreamLimit(1, 2, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> new StreamLimit(1, 2, 1, 0));
    }
}
