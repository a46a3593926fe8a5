package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** Tests which reason a caller gets if the pool has no connection. */
class DatabaseAwayTest {
    private String failure = "Timeout";
    private String problem = "";

    private final Pool pool =
            (Pool)
                    Proxy.newProxyInstance(
                            Pool.class.getClassLoader(),
                            new Class<?>[] {Pool.class},
                            (_, _, _) -> Future.failedFuture(failure));

    private final Database database =
            new Database(
                    pool,
                    _ -> {
                        throw new AssertionError("there is no connection");
                    },
                    () -> problem,
                    false,
                    () -> () -> {},
                    Time.system());

    private void assertReason(String reason) {
        assertThatThrownBy(() -> database.snapshot(StateReader::lastSeq))
                .isInstanceOf(DatabaseAway.class)
                .hasMessage(reason);
    }

    @Test
    void a_wait_in_vain_names_why_no_connection_can_be_opened() {
        problem = "no primary: db:5432 has not answered for 4000 ms, next attempt in 800 ms";

        assertReason("the database does not answer: " + problem);
    }

    @Test
    void a_wait_in_vain_without_a_known_reason_says_that_no_connection_was_free() {
        assertReason(
                "no connection to the database was free or could be opened in time: try again later");
    }

    @Test
    void another_failure_is_its_own_reason() {
        problem = "no primary";
        failure = "connection refused";

        assertReason("the database does not answer: connection refused");
    }
}
