package io.autoserve.cluster;

import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Chooses between the answers of all databases. The addresses and the attempts have the same order.
 *
 * @param attempts each ends with a session that leads to a primary, or with a reason that begins
 *     with a verb
 */
record Search(List<SocketAddress> addresses, List<Future<Session>> attempts) {
    /**
     * How long a search waits for all databases to answer, if this controller does not know a
     * timeline yet.
     */
    private static final Duration FIRST_ANSWERS = Duration.ofMillis(500);

    /**
     * Returns the session with the newest timeline, and closes the others. Two searches may wait
     * for the same attempt, so this does not choose a session that an earlier search has closed.
     *
     * @param comparable whether this controller knows a timeline, so that an attempt refuses a
     *     former primary and the first session is good enough
     */
    Future<Session> chosen(boolean comparable) {
        var answered = comparable ? Future.any(attempts) : enough();
        return answered.transform(_ -> newest())
                .onSuccess(chosen -> attempts.forEach(attempt -> closeOlder(chosen, attempt)));
    }

    /** Returns the first session of an attempt that has succeeded, and closes the others. */
    Future<Session> first() {
        return attempts.stream()
                .filter(Future::succeeded)
                .map(Future::result)
                .findFirst()
                .map(Future::succeededFuture)
                .orElseGet(() -> Future.<Session>failedFuture("no standby: " + reasons()))
                .onSuccess(chosen -> attempts.forEach(attempt -> closeOlder(chosen, attempt)));
    }

    /** Returns why no attempt has found a primary so far. */
    String noPrimary() {
        return "no primary: " + reasons();
    }

    private String reasons() {
        return IntStream.range(0, attempts.size())
                .mapToObj(i -> addresses.get(i) + " " + reason(attempts.get(i)))
                .collect(Collectors.joining("; "));
    }

    private static String reason(Future<Session> attempt) {
        if (attempt.failed()) {
            return Dialer.reason(attempt.cause());
        }
        return attempt.succeeded()
                ? "has lost its connection or answered too late"
                : "has not answered yet";
    }

    /**
     * Waits until all attempts have ended, but at most for {@link #FIRST_ANSWERS}. If none has
     * succeeded by then, waits for the first success.
     */
    private Future<?> enough() {
        return Future.join(attempts)
                .mapEmpty()
                .timeout(FIRST_ANSWERS.toMillis(), TimeUnit.MILLISECONDS)
                .recover(_ -> Future.any(attempts).mapEmpty());
    }

    private Future<Session> newest() {
        return attempts.stream()
                .filter(Future::succeeded)
                .map(Future::result)
                .filter(Session::isOpen)
                .max(Comparator.comparingLong(Session::timeline))
                .map(Future::succeededFuture)
                .orElseGet(() -> Future.failedFuture(noPrimary()));
    }

    /**
     * Closes the connection of an attempt that was not chosen. If its database has a newer timeline
     * than the chosen one, the chosen connection is closed too, so that the next connect finds the
     * newer database.
     */
    private static void closeOlder(Session chosen, Future<Session> attempt) {
        attempt.onSuccess(other -> {
            if (other != chosen) {
                other.close();
                if (other.timeline() > chosen.timeline()) {
                    chosen.close();
                }
            }
        });
    }
}
