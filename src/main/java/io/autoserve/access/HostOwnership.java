package io.autoserve.access;

import static java.util.Comparator.comparingLong;

import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Refusal.Fault;
import io.autoserve.model.Rights;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides whether a caller may give hosts to an app. A host, all of its paths and, if it is a
 * wildcard, all names below it are owned by the app that had the host first. Cookies and pages of a
 * host are shared by all apps on it. Another app may therefore get a part of the host only from a
 * caller who may change the owner too.
 */
public final class HostOwnership {
    /** The host of the default app, which gets the requests for all hosts that no app has. */
    public static final String ANY_HOST = "";

    private HostOwnership() {}

    /**
     * A host that an app has.
     *
     * @param number lower numbers had their host earlier
     */
    public record HeldHost(String app, String host, String pathPrefix, long number) {}

    /** Returns the hosts that the routing asks for, each with its place in the spec. */
    public static SequencedMap<String, String> places(Routing routing) {
        var places = new LinkedHashMap<String, String>();
        for (var domain : routing.domains()) {
            places.putIfAbsent(domain, "/spec/routing/domains/" + places.size());
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
                                "not permitted for %s: the token is limited to the domains %s"
                                        .formatted(name(place.getKey()), rights.domains())))
                .toList();
    }

    /**
     * Returns an error for each host that belongs to an app that the caller may not change.
     *
     * @param app name of the app that asks for the hosts
     * @param held the hosts that apps hold. Hosts that are neither the same as a host of the
     *     routing, nor above it, nor below it may be missing
     */
    public static List<Fault> taken(
            String app, Routing routing, Collection<HeldHost> held, Rights rights) {
        var faults = new ArrayList<Fault>();
        places(routing)
                .forEach((host, pointer) -> {
                    if (!concerned(app, host, path(routing.pathPrefix()), held).stream()
                            .allMatch(rights.apps()::covers)) {
                        faults.add(new Fault(pointer, refusal(host)));
                    }
                });
        return List.copyOf(faults);
    }

    /** The message never names the owner, because the caller may not know about that app. */
    private static String refusal(String host) {
        return host.equals(ANY_HOST)
                ? "another app is the default app already: remove 'default: true', or use a token"
                        + " that also covers that app"
                : "'%s' belongs to another app: choose another host, or use a token that also covers that app"
                        .formatted(host);
    }

    /** Returns the other apps whose hosts are concerned if the app gets the host and path. */
    private static Set<String> concerned(
            String app, String host, String path, Collection<HeldHost> held) {
        var own = held.stream().filter(it -> it.app().equals(app) && it.host().equals(host));
        var ownPaths = own.map(it -> path(it.pathPrefix())).toList();
        if (ownPaths.contains(path)) {
            return Set.of();
        }
        var present =
                held.stream()
                        .filter(it -> it.host().equals(host) && path(it.pathPrefix()).equals(path))
                        .map(HeldHost::app);
        var below =
                held.stream()
                        .filter(_ -> ownPaths.isEmpty())
                        .filter(it -> DomainScope.includes(host, it.host()))
                        .flatMap(it -> owner(it.host(), held).stream());
        return Stream.of(owner(host, held).stream(), present, below)
                .flatMap(apps -> apps)
                .filter(other -> !other.equals(app))
                .collect(Collectors.toSet());
    }

    private static Optional<String> owner(String host, Collection<HeldHost> held) {
        return held.stream()
                .filter(it -> DomainScope.includes(it.host(), host))
                .min(comparingLong(HeldHost::number))
                .map(HeldHost::app);
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
