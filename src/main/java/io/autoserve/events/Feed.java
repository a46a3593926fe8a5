package io.autoserve.events;

import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Session;
import io.autoserve.model.Event;
import io.autoserve.store.StateReader;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the view up to date with the database. A notification only says when to look. The feed
 * reads on every notification, after every connect, and every 2 s in any case, always from the last
 * event that the view has seen.
 *
 * <p>A new timeline, or a log shorter than what the view has seen, means that history was rewound.
 * The view is then read again as a whole. The same happens after a change that only a newer version
 * knows.
 */
public final class Feed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final Duration GLANCE = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(250);

    /**
     * Uses a generic plan, because the session repeats one query for every event, and planning it
     * costs more than running it.
     */
    private static final Map<String, String> SESSION =
            Map.of(
                    "application_name", "autoserve feed",
                    "plan_cache_mode", "force_generic_plan");

    private final Databases databases;
    private final StateReader stateReader;
    private final View view;
    private final LongConsumer read;
    private final LongSupplier nanoTime;
    private final Semaphore news = new Semaphore(0);
    private volatile long heardAt;
    private volatile boolean closed;

    /**
     * @param read called with the seq of the last event in the database, before the view reaches it
     */
    public Feed(
            Databases databases,
            StateReader stateReader,
            View view,
            LongConsumer read,
            LongSupplier nanoTime) {
        this.databases = databases;
        this.stateReader = stateReader;
        this.view = view;
        this.read = read;
        this.nanoTime = nanoTime;
        this.heardAt = nanoTime.getAsLong();
    }

    public void start() {
        Thread.ofVirtual().name("feed").start(this::follow);
    }

    /** Returns how long ago the feed was last known to be complete. Up to two seconds is usual. */
    public Duration silence() {
        return Duration.ofNanos(nanoTime.getAsLong() - heardAt);
    }

    @Override
    public void close() {
        closed = true;
        news.release();
    }

    private void follow() {
        while (!closed) {
            try {
                followOneConnection();
            } catch (Exception failure) {
                LOG.warn("the event feed was interrupted and reconnects: {}", failure.toString());
                rest(PAUSE);
            }
        }
    }

    private void followOneConnection() throws Exception {
        var session = databases.connect(SESSION).await();
        try {
            session.connection().notificationHandler(_ -> news.release());
            session.connection().closeHandler(_ -> news.release());
            answer(session.connection().query("listen autoserve_events").execute());
            while (!closed) {
                var asked = nanoTime.getAsLong();
                catchUp(session); // also notices a half-open connection
                heardAt = asked;
                rest(GLANCE);
            }
        } finally {
            session.close();
        }
    }

    private static <T> T answer(Future<T> question) throws Exception {
        return question.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void catchUp(Session session) throws Exception {
        while (true) {
            var now = view.snapshot().orElse(null);
            if (now == null) {
                view.reload(Snapshot.of(stateReader.clusterState()));
                return;
            }
            var found = answer(StateReader.news(session.connection(), now.seq()));
            if (found.timeline() != now.timeline() || found.lastSeq() < now.seq()) {
                LOG.warn("the database's history was rewound: reloading the view");
                view.reload(Snapshot.of(stateReader.clusterState()));
                return;
            }
            read.accept(found.lastSeq());
            found.events().forEach(view::apply);
            if (found.events().stream().anyMatch(event -> onlyTablesTell(event, now))) {
                LOG.info(
                        "a newer version wrote data that this version does not know: reloading the view");
                view.reload(Snapshot.of(stateReader.clusterState()));
                return;
            }
            if (found.events().isEmpty() || found.events().getLast().seq() >= found.lastSeq()) {
                return;
            }
        }
    }

    /**
     * Returns whether this version does not understand the event, or the event concerns an app that
     * it did not understand.
     */
    private static boolean onlyTablesTell(Event event, Snapshot before) {
        return event.change() instanceof Event.Change.Unknown
                || before.unreadableApps().stream().anyMatch(it -> it.name().equals(event.app()));
    }

    /** Waits, but not longer than until the next notification. */
    private void rest(Duration longest) {
        try {
            var _ = news.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS);
            news.drainPermits();
        } catch (InterruptedException interrupted) {
            closed = true;
        }
    }
}
