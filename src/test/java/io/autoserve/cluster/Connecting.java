package io.autoserve.cluster;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.Map;

/**
 * Connects as a controller does. Tries again after a failure, because a slow database may answer
 * too late, and the first handshakes of a process may take longer than their timeout.
 */
final class Connecting {
    private Connecting() {}

    static Session connected(Databases databases) {
        return await("a session", () -> attempt(databases), Future::succeeded).result();
    }

    /**
     * Tries to connect until the connection is refused for this reason. Fails if it is accepted.
     */
    static void awaitRefusal(Databases databases, String reason) {
        await(
                "a refusal because " + reason,
                () -> refusal(databases),
                message -> message.contains(reason));
    }

    private static String refusal(Databases databases) {
        var attempt = attempt(databases);
        assertThat(attempt.failed()).isTrue();
        return String.valueOf(attempt.cause().getMessage());
    }

    private static Future<Session> attempt(Databases databases) {
        var attempt = databases.connect(Map.of());
        await(attempt.transform(_ -> Future.succeededFuture()));
        return attempt;
    }
}
