package io.autoserve.events;

import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Session;
import io.autoserve.store.StateReader;
import io.autoserve.store.StateReader.News;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Reads new events on a session that only the feed uses. On this session, the database also
 * notifies the feed of new events.
 */
public record DatabaseNews(Databases databases) implements NewsSource {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /**
     * Uses a generic plan, because the session repeats one query for every event, and planning it
     * costs more than running it.
     */
    private static final Map<String, String> SESSION =
            Map.of(
                    "application_name", "autoserve feed",
                    "plan_cache_mode", "force_generic_plan");

    @Override
    public NewsConnection connect(Runnable wake) throws Exception {
        var session = databases.connect(SESSION).await();
        try {
            session.connection().notificationHandler(_ -> wake.run());
            session.connection().closeHandler(_ -> wake.run());
            answer(session.connection().query("listen autoserve_events").execute());
            return new OnSession(session);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    private record OnSession(Session session) implements NewsConnection {
        @Override
        public News after(long seq) throws Exception {
            return answer(StateReader.news(session.connection(), seq));
        }

        @Override
        public void close() {
            session.close();
        }
    }

    private static <T> T answer(Future<T> question) throws Exception {
        return question.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
