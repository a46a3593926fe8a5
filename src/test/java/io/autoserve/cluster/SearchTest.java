package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class SearchTest {
    private static final SocketAddress A = SocketAddress.inetSocketAddress(5432, "a");
    private static final SocketAddress B = SocketAddress.inetSocketAddress(5432, "b");

    /** The next search waits for the same attempt if it was in progress when it began. */
    @Test
    void a_session_that_an_earlier_search_has_closed_is_not_chosen() {
        var late = Promise.<Session>promise();
        var chosen = new Search(List.of(A, B), List.of(silent(), late.future())).chosen(true);
        var session = new UnconnectedSessions().session(B, 1);

        session.close();
        late.complete(session);

        assertThat(chosen.failed()).isTrue();
        assertThat(chosen.cause())
                .hasMessage(
                        "no primary: %s has not answered yet; %s has lost its connection or answered too late"
                                .formatted(A, B));
    }

    private static Future<Session> silent() {
        return Promise.<Session>promise().future();
    }
}
