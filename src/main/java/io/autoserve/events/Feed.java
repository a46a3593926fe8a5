package io.autoserve.events;

import io.autoserve.cluster.ExponentialBackoff;
import io.autoserve.events.NewsSource.NewsConnection;
import io.autoserve.model.Event;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the view up to date with the database. A notification is only a signal to read. The feed
 * reads on every notification, after every connect, and at least every 2 s. It always reads the
 * events after the last one that the view has seen.
 *
 * <p>The database's history was rewound if the timeline is new, or if the last event in the
 * database is older than the last event in the view. The feed then reloads the whole view from the
 * tables. It also does so after a change that only a newer version of AutoServe understands, and if
 * an event created a revision that was deleted before the feed read the event.
 */
public final class Feed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final Duration GLANCE = Duration.ofSeconds(2);

    /** Short, because the gate of each database limits how often the database is asked. */
    private static final ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofMillis(500));

    private final NewsSource source;
    private final Supplier<ClusterState> tables;
    private final View view;
    private final LongConsumer read;
    private final Time time;
    private final RandomGenerator random;
    private final Semaphore news = new Semaphore(0);

    /** Failures since the feed last read from the database. Only the feed's thread uses it. */
    private int failures;

    private volatile long heardAt;
    private volatile boolean closed;

    /**
     * @param tables reads the whole state, and blocks until the database has answered
     * @param read called with the seq of the newest event in the database, before the view gets the
     *     new events
     * @param random chooses the pauses between attempts to connect
     */
    public Feed(
            NewsSource source,
            Supplier<ClusterState> tables,
            View view,
            LongConsumer read,
            Time time,
            RandomGenerator random) {
        this.source = source;
        this.tables = tables;
        this.view = view;
        this.read = read;
        this.time = time;
        this.random = random;
        this.heardAt = time.nanoTime();
    }

    public void start() {
        time.start("feed", this::follow);
    }

    /**
     * Returns how long ago the view was last known to be up to date. Up to two seconds is usual.
     */
    public Duration silence() {
        return Duration.ofNanos(time.nanoTime() - heardAt);
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
                failures++;
                LOG.warn("the event feed was interrupted and reconnects: {}", failure.toString());
                rest(BACKOFF.pause(failures, random));
            }
        }
    }

    private void followOneConnection() throws Exception {
        try (var connection = source.connect(news::release)) {
            while (!closed) {
                var asked = time.nanoTime();
                catchUp(connection); // also notices a half-open connection
                heardAt = asked;
                recovered();
                rest(GLANCE);
            }
        }
    }

    private void recovered() {
        if (failures > 0) {
            LOG.info("the event feed is connected again after {} failed attempts", failures);
            failures = 0;
        }
    }

    private void catchUp(NewsConnection connection) throws Exception {
        while (true) {
            var now = view.snapshot().orElse(null);
            if (now == null) {
                view.reload(Snapshot.of(tables.get()));
                return;
            }
            var found = connection.after(now.seq());
            if (found.timeline() != now.timeline() || found.lastSeq() < now.seq()) {
                LOG.warn("the database's history was rewound: reloading the view");
                view.reload(Snapshot.of(tables.get()));
                return;
            }
            read.accept(found.lastSeq());
            var understood = true;
            for (var event : found.events()) {
                understood &= view.apply(event, found.specs().get(event.seq()));
                understood &= !onlyTablesTell(event, now);
            }
            if (!understood) {
                LOG.info(
                        "an event refers to a deleted revision, or a newer version wrote it: reloading the view");
                view.reload(Snapshot.of(tables.get()));
                return;
            }
            if (found.events().isEmpty() || found.events().getLast().seq() >= found.lastSeq()) {
                return;
            }
        }
    }

    /**
     * Returns whether the view must be read from the tables because of this event. This is the case
     * if this version does not understand the event, or did not understand its app before.
     */
    private static boolean onlyTablesTell(Event event, Snapshot before) {
        return event.change() instanceof Event.Change.Unknown
                || before.unreadableApps().stream().anyMatch(it -> it.name().equals(event.app()));
    }

    /** Waits for this time, or until the next notification if that is earlier. */
    private void rest(Duration longest) {
        try {
            var _ = time.rest(news, longest);
            news.drainPermits();
        } catch (InterruptedException interrupted) {
            closed = true;
        }
    }
}
