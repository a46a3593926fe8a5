package io.autoserve.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * The path on which the pools and the feed of a controller connect to the databases. Each database
 * has one gate for all of them. While the primary is known, they connect to it and to no other
 * database. When it is doubted, one of them searches and the others wait for what it finds.
 */
final class SharedPath {
    private static final ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofSeconds(2));

    private final Dialer dialer;
    private final List<SocketAddress> addresses;
    private final KnownPrimary known;
    private final Map<SocketAddress, AttemptQueue> gates;
    private final AttemptQueue searches;

    SharedPath(
            Dialer dialer,
            List<SocketAddress> addresses,
            KnownPrimary known,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.dialer = dialer;
        this.addresses = addresses;
        this.known = known;
        this.gates =
                addresses.stream()
                        .collect(
                                Collectors.toMap(
                                        Function.identity(),
                                        _ ->
                                                new AttemptQueue(
                                                        dialer.vertx(), BACKOFF, nanoTime, random),
                                        (first, _) -> first));
        this.searches = new AttemptQueue(dialer.vertx(), BACKOFF, nanoTime, random);
        known.listen(session -> {
            searches.open();
            gate(session.address()).open();
        });
    }

    /** Connects to the primary. Fails with the last reason if no primary can be reached in time. */
    Future<Session> primary(Context context, Map<String, String> settings) {
        var address = known.address();
        return address == null ? search(context, settings) : straight(context, address, settings);
    }

    private Future<Session> straight(
            Context context, SocketAddress address, Map<String, String> settings) {
        return known.unlessMoved(address, at(context, address, settings))
                .onSuccess(known::found)
                .recover(failure ->
                        Objects.equals(known.address(), address)
                                ? Future.failedFuture(withAddress(address, failure))
                                : primary(context, settings));
    }

    private static Throwable withAddress(SocketAddress address, Throwable failure) {
        var reason = "the primary %s %s".formatted(address, Dialer.reason(failure));
        return new VertxException(reason, failure, true); // it needs no stack trace
    }

    private Future<Session> search(Context context, Map<String, String> settings) {
        return searches.attempt(
                        _ -> {
                            var address = known.address();
                            return address == null
                                    ? everywhere(context, settings)
                                    : at(context, address, settings);
                        })
                .recover(failure -> {
                    var address = known.address();
                    return address == null
                            ? Future.failedFuture(failure)
                            : straight(context, address, settings);
                });
    }

    private Future<Session> everywhere(Context context, Map<String, String> settings) {
        var attempts = addresses.stream().map(it -> at(context, it, settings)).toList();
        var chosen = new Search(addresses, attempts).chosen(known.hasTimeline());
        return known.unlessMoved(null, chosen).onSuccess(known::found);
    }

    private Future<Session> at(
            Context context, SocketAddress address, Map<String, String> settings) {
        return open(context, address, settings)
                .compose(session -> known.requirePrimary(session).onFailure(_ -> session.close()));
    }

    /** Connects to a standby. Never asks the database that is known to be the primary. */
    Future<Session> standby(Context context, Map<String, String> settings) {
        var primary = known.address();
        var candidates = addresses.stream().filter(it -> !it.equals(primary)).toList();
        var attempts =
                candidates.stream()
                        .map(it -> open(context, it, settings).compose(SharedPath::requireStandby))
                        .toList();
        var search = new Search(candidates, attempts);
        return Future.any(attempts).transform(_ -> search.first());
    }

    private static Future<Session> requireStandby(Session session) {
        if (session.timeline() == 0) {
            return Future.succeededFuture(session);
        }
        session.close();
        return Future.failedFuture("is not a standby");
    }

    private Future<Session> open(
            Context context, SocketAddress address, Map<String, String> settings) {
        return gate(address)
                .attempt(deadline ->
                        dialer.open(context, address, settings, deadline)
                                .onFailure(_ -> known.doubt(address)));
    }

    /** Returns the gate of one of the addresses. */
    AttemptQueue gate(SocketAddress address) {
        return Objects.requireNonNull(gates.get(address));
    }

    /** Returns why the primary was not found and when it is searched again; empty if neither. */
    String problem() {
        return searches.problem();
    }
}
