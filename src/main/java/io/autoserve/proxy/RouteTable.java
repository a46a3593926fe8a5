package io.autoserve.proxy;

import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Routing.Buffering;
import io.autoserve.model.AppSpec.Routing.Timeouts;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.Instance;
import io.autoserve.model.RequestRules;
import io.autoserve.model.Version;
import io.autoserve.proxy.Hosts.Place;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The routes of all apps. The route of an app defines which hosts and paths belong to the app,
 * which limits apply to its requests, and which instances get them. An instance that is not in the
 * table gets no request, even if it took over the address of an instance that is in the table.
 *
 * @param routes the routes by the app's name
 * @param kept routes that nginx already has, of apps that are not in {@code routes}; by the app's
 *     name, each in the JSON that nginx reads
 * @param closing ids of instances whose drain deadline has passed: nginx closes their open
 *     downloads and WebSockets
 */
public record RouteTable(
        Version version,
        SortedMap<String, Route> routes,
        SortedMap<String, String> kept,
        SortedSet<Long> closing) {

    /** The default weight of an endpoint. */
    public static final int FULL_WEIGHT = 100;

    /**
     * @param maxBodyBytes limit for the body of a request; 0: no limit
     * @param users by the name of a secret that the rules name, the hashes of its users' passwords;
     *     see {@link PasswordHash}
     * @param sleep how nginx treats requests while the app has no instances; null if the app never
     *     sleeps
     */
    public record Route(
            List<Place> places,
            Algorithm algorithm,
            @Nullable String stickyCookie,
            long maxBodyBytes,
            Buffering buffering,
            boolean websocket,
            Timeouts timeouts,
            RequestRules rules,
            Map<String, Map<String, String>> users,
            @Nullable Sleep sleep,
            List<Endpoint> endpoints) {
        public Route {
            places = List.copyOf(places);
            users = Map.copyOf(users);
            endpoints = endpoints.stream().sorted(comparingLong(Endpoint::instance)).toList();
        }

        private Route admitting(Map<String, Map<String, String>> known) {
            var named = new HashMap<>(known);
            named.keySet().retainAll(rules.secrets().values());
            return named.isEmpty()
                    ? this
                    : new Route(
                            places,
                            algorithm,
                            stickyCookie,
                            maxBodyBytes,
                            buffering,
                            websocket,
                            timeouts,
                            rules,
                            named,
                            sleep,
                            endpoints);
        }
    }

    /**
     * @param instance id of the occupant, not of the slot
     * @param weight share of the app's requests relative to its other endpoints, above 0
     */
    public record Endpoint(long instance, int revision, String host, int port, int weight) {}

    /** Creates a table with a route to every instance that is ready. Workers have no route. */
    public static RouteTable of(
            Version version, Collection<App> apps, Collection<Instance> instances) {
        return of(version, apps, instances, Map.of());
    }

    /**
     * @param weights weights by instance id, for canaries and slow starts. An instance without a
     *     weight gets {@link #FULL_WEIGHT}
     */
    public static RouteTable of(
            Version version,
            Collection<App> apps,
            Collection<Instance> instances,
            Map<Long, Integer> weights) {
        return of(version, Hosts.of(apps), apps, instances, weights);
    }

    /** Creates a table from hosts that are already assigned to apps. */
    public static RouteTable of(
            Version version,
            Hosts hosts,
            Collection<App> apps,
            Collection<Instance> instances,
            Map<Long, Integer> weights) {
        var byApp =
                instances.stream()
                        .filter(Instance::routable)
                        .filter(instance -> !instance.portless())
                        .filter(instance -> weights.getOrDefault(instance.id(), 1) > 0)
                        .collect(groupingBy(Instance::appId));
        var routes = new TreeMap<String, Route>();
        for (var app : apps) {
            if (app.spec().isWorker()) {
                continue;
            }
            if (app.intent() == App.Intent.DELETE || !Names.app(app.name())) {
                continue; // a new app of the same name may already exist
            }
            var routing = app.spec().routing();
            var endpoints =
                    byApp.getOrDefault(app.id(), List.of()).stream()
                            .map(instance -> endpoint(instance, weights))
                            .toList();
            routes.put(
                    app.name(),
                    new Route(
                            hosts.of(app),
                            routing.algorithm(),
                            Names.cookie(routing),
                            Math.max(0, routing.maxBodyBytes()),
                            routing.buffering(),
                            routing.websocket(),
                            routing.timeouts(),
                            routing.rules(),
                            Map.of(),
                            app.intent() == App.Intent.RUN ? app.spec().scaling().sleep() : null,
                            endpoints));
        }
        return new RouteTable(version, routes, new TreeMap<>(), new TreeSet<>());
    }

    private static Endpoint endpoint(Instance instance, Map<Long, Integer> weights) {
        var host = instance.address();
        if (host == null) {
            throw new IllegalArgumentException(instance.name() + " is routable without an address");
        }
        return new Endpoint(
                instance.id(),
                instance.revision(),
                host,
                instance.port(),
                weights.getOrDefault(instance.id(), FULL_WEIGHT));
    }

    /**
     * Returns the same routes with the users that they admit. Without this, a route that needs a
     * password admits nobody.
     *
     * @param users by the name of a secret, the hashes of its users' passwords
     */
    public RouteTable admitting(Map<String, Map<String, String>> users) {
        if (users.isEmpty()) {
            return this;
        }
        var admitting = new TreeMap<String, Route>();
        routes.forEach((app, route) -> admitting.put(app, route.admitting(users)));
        return new RouteTable(version, admitting, kept, closing);
    }

    /** Returns the same routes, and makes nginx close the open connections of these instances. */
    public RouteTable closing(Collection<Long> instances) {
        return new RouteTable(version, routes, kept, new TreeSet<>(instances));
    }

    /**
     * Returns the same routes together with {@code others}. These are routes that nginx already
     * has, by the app's name.
     */
    public RouteTable keeping(Map<String, String> others) {
        return new RouteTable(version, routes, new TreeMap<>(others), closing);
    }

    /** Returns whether both tables have the same effect in nginx, whatever their versions. */
    public boolean same(RouteTable other) {
        return routes.equals(other.routes)
                && kept.equals(other.kept)
                && closing.equals(other.closing);
    }

    /** Returns the text that nginx reads. Equal routes give equal text. */
    public String json() {
        var texts = new TreeMap<>(kept);
        routes.forEach((app, route) -> texts.put(app, json(route)));
        return """
        {"version":{"timeline":%d,"epoch":%d,"seq":%d},
        "apps":{%s},
        "closing":[%s]}
        """
                .formatted(
                        version.timeline(),
                        version.epoch(),
                        version.seq(),
                        texts.entrySet().stream()
                                .map(entry ->
                                        "\n\"%s\":%s".formatted(entry.getKey(), entry.getValue()))
                                .collect(joining(",")),
                        closing.stream().map("\"%d\""::formatted).collect(joining(",")));
    }

    private static String json(Route route) {
        return """
        {"hosts":[%s],"algorithm":"%s","sticky":"%s","maxBody":%d,"websocket":%b,
         "buffering":{"requests":%b,"responses":%b},
         "timeouts":{"connect":%d,"send":%d,"read":%d,"idle":%d},"endpoints":[%s]%s}\
        """
                .formatted(
                        route.places().stream().map(RouteTable::json).collect(joining(",")),
                        route.algorithm().name().toLowerCase(Locale.ROOT),
                        route.stickyCookie() == null ? "" : route.stickyCookie(),
                        route.maxBodyBytes(),
                        route.websocket(),
                        route.buffering().requests(),
                        route.buffering().responses(),
                        milliseconds(route.timeouts().connect()),
                        milliseconds(route.timeouts().send()),
                        milliseconds(route.timeouts().read()),
                        milliseconds(route.timeouts().idle()),
                        route.endpoints().stream().map(RouteTable::json).collect(joining(",")),
                        RulesText.of(route.rules(), route.users(), route.sleep()));
    }

    private static String json(Place place) {
        return "{\"host\":\"%s\",\"path\":\"%s\"}".formatted(place.host(), place.path());
    }

    private static long milliseconds(Duration duration) {
        return Math.clamp(duration.toMillis(), 1, Duration.ofDays(1).toMillis());
    }

    private static String json(Endpoint endpoint) {
        return "\n  {\"instance\":\"%d\",\"revision\":%d,\"host\":\"%s\",\"port\":%d,\"weight\":%d}"
                .formatted(
                        endpoint.instance(),
                        endpoint.revision(),
                        endpoint.host(),
                        endpoint.port(),
                        endpoint.weight());
    }
}
