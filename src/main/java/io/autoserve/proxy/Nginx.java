package io.autoserve.proxy;

import io.autoserve.model.Hidden;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Version;
import io.autoserve.proxy.NginxManager.Pushed;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The nginx of this installation: one, or several that {@link Proxies} presents as one. Methods
 * return at once. Their futures fail if nginx does not answer in time; the caller tries again in
 * its next pass.
 */
public interface Nginx {
    /** Makes nginx route requests by this table from now on, also after a restart of nginx. */
    default Future<Pushed> push(RouteTable table) {
        return push(table, table.json());
    }

    /**
     * Does the same. Several nginx share the text of a table, because it can be long.
     *
     * @param json the table in the JSON that nginx reads
     */
    Future<Pushed> push(RouteTable table, String json);

    /**
     * Makes nginx use these certificates for handshakes from now on, also after a restart of nginx.
     *
     * @param document the certificates in the JSON that nginx reads, with their version
     */
    Future<Pushed> handOut(Version version, Hidden document);

    /**
     * Returns nginx's counters. If nginx was restarted with an older table than it had
     * acknowledged, the acknowledged table is pushed again.
     */
    Future<Counters> counters();

    /**
     * Returns the routes of these apps that nginx uses now, by the app's name. Each route is in the
     * JSON that nginx reads.
     */
    Future<Map<String, String>> routes(Collection<String> apps);

    /**
     * Returns those of the apps for which nginx holds requests. If there is none, nginx answers
     * when the first such request arrives, or with none when the time is over.
     *
     * @param apps names of apps
     * @param longest at most ten seconds
     */
    Future<Set<String>> wakes(Collection<String> apps, Duration longest);

    /** Returns the last requests of an app that nginx keeps, oldest first. */
    Future<List<ServedRequest>> requests(String app);

    /**
     * Returns the ids of the instances to which nginx will send requests when it starts again.
     * Returns empty if nginx runs now. Fails if the engine does not answer whether nginx runs.
     */
    Future<Optional<Set<Long>>> routedAfterStart();

    /**
     * Returns the instances that may still get requests, and the requests in flight. If the
     * container of nginx has ended, nothing is in flight, and nginx will start with the newest
     * table. Fails if nginx may run and does not answer, so that no instance counts as withdrawn.
     */
    default Future<InFlight> inFlight() {
        return counters()
                .map(InFlight::of)
                .recover(silent ->
                        routedAfterStart()
                                .compose(routed ->
                                        routed.isPresent()
                                                ? Future.succeededFuture(
                                                        InFlight.ended(routed.get()))
                                                : Future.failedFuture(silent)));
    }

    /**
     * Returns why instances should be replaced although they are ready, by their ids: one of
     * several proxies cannot connect to them. Returns nothing if there is only one nginx.
     */
    default Map<Long, String> unreachable() {
        return Map.of();
    }

    /** Forgets what an earlier term knew about the proxies, because a new term begins. */
    default void begin() {}

    /**
     * Returns whether changes of the routes wait for each of several proxies, by the names of their
     * containers. Returns nothing if there is only one nginx.
     */
    default Map<String, Boolean> rotation() {
        return Map.of();
    }

    /**
     * Returns the proxies that have left rotation or returned since the last call, in this order.
     */
    default List<RotationChange> rotationChanges() {
        return List.of();
    }
}
