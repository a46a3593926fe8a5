package io.autoserve.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * The path on which the election connects to the primary, so that the pools and the feed never
 * delay it. It asks all databases at once. {@link Candidacy} decides the pauses between two calls.
 *
 * <p>An attempt that outlasts its call is not thrown away. The next call waits for the same
 * attempt. A standby is asked again on the connection that is open, so that a promotion is noticed
 * without another handshake.
 */
final class LeasePath {
    /** How long one call may take. */
    private static final Duration CALL = Duration.ofSeconds(2);

    /** How long a standby is asked again whether it has become the primary. */
    private static final Duration HOLD = Duration.ofMillis(1500);

    /** Time between two queries for the role of a standby. */
    private static final Duration ASK_AGAIN = Duration.ofMillis(100);

    private final Dialer dialer;
    private final List<SocketAddress> addresses;
    private final KnownPrimary known;
    private final SharedPath shared;
    private final LongSupplier nanoTime;

    /** This path only uses the deadlines of its gates. */
    private final Map<SocketAddress, DatabaseGate> gates = new HashMap<>();

    private final Map<SocketAddress, Future<Session>> attempts = new HashMap<>();
    private volatile boolean calling;

    /**
     * @param shared the path whose gates open when this path has reached a database
     */
    LeasePath(
            Dialer dialer,
            List<SocketAddress> addresses,
            KnownPrimary known,
            SharedPath shared,
            LongSupplier nanoTime) {
        this.dialer = dialer;
        this.addresses = addresses;
        this.known = known;
        this.shared = shared;
        this.nanoTime = nanoTime;
        addresses.forEach(it -> gates.put(it, DatabaseGate.open(nanoTime.getAsLong())));
    }

    /** Connects to the primary. Fails within about two seconds if no database is the primary. */
    Future<Session> primary(Context context, Map<String, String> settings) {
        calling = true;
        var asked = addresses.stream().map(it -> joined(context, it, settings)).toList();
        var search = new Search(addresses, asked);
        return search.chosen(known.hasTimeline())
                .timeout(CALL.toMillis(), TimeUnit.MILLISECONDS)
                .recover(failure ->
                        failure instanceof TimeoutException
                                ? Future.failedFuture(search.noPrimary())
                                : Future.failedFuture(failure))
                .onComplete(_ -> calling = false)
                .onSuccess(this::taken)
                .onSuccess(known::holds);
    }

    /** Returns the attempt that is in progress, or begins one. */
    private synchronized Future<Session> joined(
            Context context, SocketAddress address, Map<String, String> settings) {
        var running = attempts.get(address);
        if (running != null && (!running.isComplete() || leads(running))) {
            return running;
        }
        if (running != null && running.succeeded()) {
            running.result().close();
        }
        var attempt = attempt(context, address, settings);
        attempts.put(address, attempt);
        return attempt;
    }

    private boolean leads(Future<Session> attempt) {
        return attempt.succeeded()
                && attempt.result().isOpen()
                && known.requirePrimary(attempt.result()).succeeded();
    }

    private synchronized void taken(Session session) {
        attempts.remove(session.address());
    }

    private Future<Session> attempt(
            Context context, SocketAddress address, Map<String, String> settings) {
        var began = nanoTime.getAsLong();
        var confirmations = known.confirmations();
        return dialer.open(context, address, settings, deadline(address))
                .onComplete(opened -> {
                    if (opened.succeeded()) {
                        succeeded(address, began);
                    } else {
                        failed(address, opened.cause());
                    }
                })
                .compose(session ->
                        promoted(session, nanoTime.getAsLong() + HOLD.toNanos(), confirmations)
                                .onFailure(_ -> session.close()));
    }

    private synchronized Duration deadline(SocketAddress address) {
        return gate(address).deadline();
    }

    private void succeeded(SocketAddress address, long began) {
        synchronized (this) {
            var now = nanoTime.getAsLong();
            gates.put(address, gate(address).succeeded(Duration.ofNanos(now - began), now));
        }
        shared.gate(address).open();
    }

    private void failed(SocketAddress address, Throwable failure) {
        var reason = Dialer.reason(failure);
        if (failure instanceof TimeoutException) {
            synchronized (this) {
                gates.put(address, gate(address).withLongerDeadline());
            }
        }
        known.doubt(address);
        shared.gate(address).failedElsewhere(reason);
    }

    private DatabaseGate gate(SocketAddress address) {
        return Objects.requireNonNull(gates.get(address));
    }

    /**
     * Returns the session once it leads to a primary. Asks a standby again while the call lasts and
     * no primary has answered. A controller that has just started does not ask again, because it
     * waits for all answers.
     */
    private Future<Session> promoted(Session session, long until, long confirmations) {
        return known.requirePrimary(session)
                .recover(refusal -> {
                    var asksAgain =
                            session.timeline() == 0
                                    && calling
                                    && known.hasTimeline()
                                    && known.confirmations() == confirmations
                                    && nanoTime.getAsLong() - until < 0;
                    return asksAgain
                            ? askedAgain(session).compose(it -> promoted(it, until, confirmations))
                            : Future.failedFuture(refusal);
                });
    }

    private Future<Session> askedAgain(Session standby) {
        return dialer.vertx()
                .timer(ASK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)
                .compose(_ ->
                        Dialer.role(standby.connection())
                                .timeout(CALL.toMillis(), TimeUnit.MILLISECONDS))
                .map(standby::on);
    }
}
