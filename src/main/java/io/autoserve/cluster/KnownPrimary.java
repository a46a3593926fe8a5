package io.autoserve.cluster;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Knows which database is the primary, from the connections of all paths. If two databases report
 * that they are the primary, the database with the newer timeline counts as the primary, because
 * every promotion begins a new timeline.
 */
final class KnownPrimary {
    private final AtomicLong newestTimeline = new AtomicLong();
    private final AtomicLong confirmations = new AtomicLong();
    private final Set<Attempt> attempts = ConcurrentHashMap.newKeySet();
    private final List<Consumer<Session>> listeners = new CopyOnWriteArrayList<>();

    /** The address of the primary that was found last; null while it is doubted. */
    private @Nullable SocketAddress found;

    /** The latest separate session. While it is open, its database is the primary. */
    private @Nullable Session held;

    /**
     * An attempt to connect that is in progress.
     *
     * @param expected the primary as the attempt knows it; null if it searches
     */
    private record Attempt(@Nullable SocketAddress expected, Promise<Session> outcome) {
        void endUnlessExpected(SocketAddress primary) {
            if (!primary.equals(expected)) {
                outcome.tryFail("another database is the primary now");
            }
        }
    }

    /** Calls the listener with each session that leads to the primary. */
    void listen(Consumer<Session> listener) {
        listeners.add(listener);
    }

    /** Returns whether any primary has answered since this controller started. */
    boolean hasTimeline() {
        return newestTimeline.get() > 0;
    }

    /** Returns how many sessions have led to a primary so far. */
    long confirmations() {
        return confirmations.get();
    }

    /** Returns the address of the primary, or null if it must be searched. */
    synchronized @Nullable SocketAddress address() {
        var session = held;
        return session != null && session.isOpen() ? session.address() : found;
    }

    /** Reports that the database at the address could not be reached, or is not the primary. */
    synchronized void doubt(SocketAddress address) {
        if (address.equals(found)) {
            found = null;
        }
    }

    /**
     * Reports a session with the primary. Ends the attempts that expect another database, or that
     * still search. Does nothing if a primary with a newer timeline has answered meanwhile.
     */
    void found(Session session) {
        report(session, false);
    }

    /**
     * Reports a session with the primary that stays open for as long as its database is the
     * primary.
     */
    void holds(Session session) {
        report(session, true);
    }

    private void report(Session session, boolean stays) {
        var primary = session.address();
        synchronized (this) {
            if (session.timeline() < newestTimeline.get()) {
                return;
            }
            if (!primary.equals(address())) {
                held = null;
            }
            found = primary;
            if (stays) {
                held = session;
            }
        }
        attempts.forEach(attempt -> attempt.endUnlessExpected(primary));
        listeners.forEach(listener -> listener.accept(session));
    }

    /**
     * Returns the session if it leads to the primary. Otherwise doubts its database.
     *
     * @return fails with a reason that begins with a verb
     */
    Future<Session> requirePrimary(Session session) {
        var timeline = session.timeline();
        if (timeline == 0) {
            return refused(session, "is a standby");
        }
        var newest = newestTimeline.accumulateAndGet(timeline, Math::max);
        if (timeline < newest) {
            return refused(
                    session,
                    "is a former primary: its timeline is %d, the current one is %d"
                            .formatted(timeline, newest));
        }
        confirmations.incrementAndGet();
        return Future.succeededFuture(session);
    }

    private Future<Session> refused(Session session, String reason) {
        doubt(session.address());
        return Future.failedFuture(reason);
    }

    /**
     * Returns the attempt's result. Fails at once when another database than the expected one is
     * found to be the primary, and then closes what the attempt may still open.
     *
     * @param expected the primary as the attempt knows it; null if it searches
     */
    Future<Session> unlessMoved(@Nullable SocketAddress expected, Future<Session> attempt) {
        var outcome = Promise.<Session>promise();
        var entry = new Attempt(expected, outcome);
        attempts.add(entry);
        attempt.onComplete(result -> {
            attempts.remove(entry);
            if (result.failed()) {
                outcome.tryFail(result.cause());
            } else if (!outcome.tryComplete(result.result())) {
                result.result().close();
            }
        });
        var now = address();
        if (now != null) {
            entry.endUnlessExpected(now);
        }
        return outcome.future();
    }
}
