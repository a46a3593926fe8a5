package io.autoserve.access;

import static java.util.Comparator.comparingLong;

import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Refusal.Fault;
import io.autoserve.model.Rights;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * Decides whether a caller may give hosts to an app. A host, all of its paths and, if it is a
 * wildcard, all names below it are owned by the app that had the host first. Cookies and pages of a
 * host are shared by all apps on it. Another app may therefore get a part of the host only from a
 * caller who may change the owner too. A host with a path that an app has is free for no other app.
 */
public final class HostOwnership {
    /** The host of the default app, which gets the requests for all hosts that no app has. */
    public static final String ANY_HOST = "";

    private final String app;
    private final Collection<HeldHost> held;

    /** The holder that had each host first. */
    private final Map<String, HeldHost> first = new HashMap<>();

    private HostOwnership(String app, Collection<HeldHost> held) {
        this.app = app;
        this.held = held;
        held.forEach(it -> first.merge(it.host(), it, HostOwnership::earlier));
    }

    private static HeldHost earlier(HeldHost one, HeldHost other) {
        return one.number() <= other.number() ? one : other;
    }

    /**
     * A host that an app has.
     *
     * @param number lower numbers had their host earlier
     */
    public record HeldHost(String app, String host, String pathPrefix, long number) {}

    /** Returns the hosts that the routing asks for, each with its place in the spec. */
    public static SequencedMap<String, String> places(Routing routing) {
        var places = new LinkedHashMap<String, String>();
        var domains = routing.domains();
        for (var index = 0; index < domains.size(); index++) {
            places.putIfAbsent(domains.get(index), "/spec/routing/domains/" + index);
        }
        if (routing.isDefault()) {
            places.put(ANY_HOST, "/spec/routing/default");
        }
        return places;
    }

    /** Returns whether both ask for the same hosts and paths. */
    public static boolean same(Routing one, Routing other) {
        return places(one).keySet().equals(places(other).keySet())
                && path(one.pathPrefix()).equals(path(other.pathPrefix()));
    }

    /** Returns an error for each host that is outside of the caller's domains. */
    public static List<Fault> outside(Routing routing, Rights rights) {
        return places(routing).entrySet().stream()
                .filter(place -> !rights.domains().covers(place.getKey()))
                .map(place ->
                        new Fault(
                                place.getValue(),
                                "not permitted for %s: the token is limited to the domains %s%s"
                                        .formatted(
                                                name(place.getKey()),
                                                rights.domains(),
                                                belowOnly(place.getKey(), rights.domains()))))
                .toList();
    }

    private static String belowOnly(String host, DomainScope domains) {
        return domains.patterns().contains("*." + host)
                ? ", and '*.%1$s' does not cover %1$s itself".formatted(host)
                : "";
    }

    /**
     * Returns an error for each host that belongs to an app that the caller may not change, and for
     * each host whose path another app has already.
     *
     * @param app name of the app that asks for the hosts
     * @param held the hosts that apps hold. Hosts that are neither the same as a host of the
     *     routing, nor above it, nor below it may be missing
     */
    public static List<Fault> taken(
            String app, Routing routing, Collection<HeldHost> held, Rights rights) {
        var ownership = new HostOwnership(app, held);
        var faults = new ArrayList<Fault>();
        places(routing)
                .forEach((host, pointer) -> {
                    var path = path(routing.pathPrefix());
                    if (!ownership.owners(host, path).allMatch(rights.apps()::covers)) {
                        faults.add(new Fault(pointer, refusal(host)));
                    } else if (!ownership.ownersBelow(host).allMatch(rights.apps()::covers)) {
                        faults.add(new Fault(pointer, refusalBelow(host)));
                    } else {
                        ownership
                                .holders(host, path)
                                .findFirst()
                                .map(holder -> new Fault(pointer, conflict(host, path, holder)))
                                .ifPresent(faults::add);
                    }
                });
        return List.copyOf(faults);
    }

    /**
     * Returns the host and all wildcards that include it, the nearest first: {@code a.example.com},
     * {@code *.example.com}, {@code *.com}.
     */
    public static List<String> sameOrAbove(String host) {
        var all = new ArrayList<String>();
        all.add(host);
        for (var dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            var wildcard = "*" + host.substring(dot);
            if (!wildcard.equals(host)) {
                all.add(wildcard);
            }
        }
        return all;
    }

    /**
     * @param holder name of the app that has the host and the path. The caller may change that app,
     *     and therefore may know its name
     */
    private static String conflict(String host, String path, String holder) {
        return host.equals(ANY_HOST)
                ? "app '%s' is the default app already: remove 'default: true' here, or first there"
                        .formatted(holder)
                : "'%s' is routed to app '%s' already: choose another host or path, or first remove it there"
                        .formatted(path.equals("/") ? host : host + path, holder);
    }

    /** The message never names the owner, because the caller may not know about that app. */
    private static String refusal(String host) {
        return host.equals(ANY_HOST)
                ? "another app is the default app already: remove 'default: true', or use a token"
                        + " that also covers that app"
                : "'%s' belongs to another app: choose another host, or use a token that also covers that app"
                        .formatted(host);
    }

    private static String refusalBelow(String host) {
        return "a name below '%s' belongs to another app: choose another host, or use a token that also covers that app"
                .formatted(host);
    }

    /** Returns the other apps that own the host, or have the path of it, if the app gets both. */
    private Stream<String> owners(String host, String path) {
        if (paths(host).contains(path)) {
            return Stream.empty(); // the app has it already
        }
        return Stream.concat(owner(host), holders(host, path)).filter(other -> !other.equals(app));
    }

    /** Returns the other apps that have the path of the host, unless the app has it already. */
    private Stream<String> holders(String host, String path) {
        return paths(host).contains(path)
                ? Stream.empty()
                : held.stream()
                        .filter(it -> it.host().equals(host) && path(it.pathPrefix()).equals(path))
                        .map(HeldHost::app);
    }

    /** Returns the other apps that own a name below the host, if the app gets the host. */
    private Stream<String> ownersBelow(String host) {
        return paths(host).isEmpty()
                ? first.keySet().stream()
                        .filter(it -> DomainScope.includes(host, it))
                        .flatMap(this::owner)
                        .filter(other -> !other.equals(app))
                : Stream.empty();
    }

    /** Returns the paths of the host that the app has already. */
    private List<String> paths(String host) {
        return held.stream()
                .filter(it -> it.host().equals(host) && it.app().equals(app))
                .map(it -> path(it.pathPrefix()))
                .toList();
    }

    /** Returns the app that had the host, or a wildcard above it, first. */
    private Stream<String> owner(String host) {
        return sameOrAbove(host).stream()
                .map(first::get)
                .filter(Objects::nonNull)
                .min(comparingLong(HeldHost::number))
                .map(HeldHost::app)
                .stream();
    }

    /** Returns the path without a slash at its end, as nginx matches it. */
    private static String path(String prefix) {
        return prefix.length() > 1 && prefix.endsWith("/")
                ? prefix.substring(0, prefix.length() - 1)
                : prefix;
    }

    private static String name(String host) {
        return host.equals(ANY_HOST) ? "the default app" : "'%s'".formatted(host);
    }
}
