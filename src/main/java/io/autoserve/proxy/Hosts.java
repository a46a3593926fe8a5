package io.autoserve.proxy;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import io.autoserve.model.App;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides which host and path leads to which app. {@code <name>.localhost} belongs to the app of
 * that name. If several apps claim the same host and path, the oldest app gets the requests, so a
 * new app never takes a running app's traffic.
 *
 * @param byApp hosts and paths by the app's name. Workers, and apps that cannot be served, have no
 *     entry
 * @param conflicts claims that are not served, because another app has them or they are invalid.
 *     They do not name the other app, because not everyone who reads them may see it
 */
public record Hosts(SortedMap<String, List<Place>> byApp, List<Conflict> conflicts) {

    /**
     * @param host the host in lower case. A leading {@code *.} stands for all subdomains. An empty
     *     host stands for every host that no app claims.
     * @param path path prefix, which includes all paths below it: {@code /api} includes {@code
     *     /api/v1}, but not {@code /apis}
     */
    public record Place(String host, String path) {}

    /**
     * @param claim host and path as the operator wrote them
     */
    public record Conflict(String app, String claim, String reason) {
        /** Returns the conflict as operators see it. */
        public String sentence() {
            return "%s is not served: %s".formatted(claim, reason);
        }
    }

    private static final String ANY_HOST = "";

    public static Hosts of(Collection<App> apps) {
        var claims = new Claims();
        var oldestFirst =
                apps.stream()
                        .filter(app -> app.intent() != App.Intent.DELETE)
                        .filter(app -> !app.spec().isWorker())
                        .sorted(comparing(App::createdAt).thenComparing(comparingLong(App::id)))
                        .toList();
        oldestFirst.stream().filter(app -> Names.app(app.name())).forEach(claims::ownName);
        oldestFirst.forEach(claims::asked);
        return new Hosts(claims.byApp, List.copyOf(claims.conflicts));
    }

    /** Returns what is not served of each app with a conflict, by the app's name. */
    public Map<String, List<String>> unserved() {
        return conflicts.stream()
                .collect(groupingBy(Conflict::app, mapping(Conflict::sentence, toList())));
    }

    List<Place> of(App app) {
        return byApp.getOrDefault(app.name(), List.of());
    }

    private static final class Claims {
        private final SortedMap<String, List<Place>> byApp = new TreeMap<>();
        private final List<Conflict> conflicts = new ArrayList<>();
        private final SortedMap<String, App> holders = new TreeMap<>();

        private void ownName(App app) {
            claim(app, app.name() + ".localhost", "/");
        }

        private void asked(App app) {
            var routing = app.spec().routing();
            if (!Names.app(app.name())) {
                refuse(app, app.name(), "the name is not a DNS label");
                return;
            }
            if (routing.stickyCookie() != null && Names.cookie(routing) == null) {
                refuse(
                        app,
                        "sticky cookie",
                        "its name must have only letters, digits, '-' and '_'");
            }
            if (!Names.path(routing.pathPrefix())) {
                refuse(
                        app,
                        routing.pathPrefix(),
                        "the path must have only letters, digits and ._~-/");
                return;
            }
            for (var domain : routing.domains()) {
                var host = domain.toLowerCase(Locale.ROOT);
                if (Names.domain(host)) {
                    claim(app, host, routing.pathPrefix());
                } else {
                    refuse(app, domain, "it is not a domain name");
                }
            }
            if (routing.isDefault()) {
                claim(app, ANY_HOST, routing.pathPrefix());
            }
        }

        private void claim(App app, String host, String prefix) {
            var path =
                    prefix.length() > 1 && prefix.endsWith("/")
                            ? prefix.substring(0, prefix.length() - 1)
                            : prefix;
            var holder = holders.putIfAbsent(host + path, app);
            if (holder == null) {
                byApp.computeIfAbsent(app.name(), _ -> new ArrayList<>())
                        .add(new Place(host, path));
            } else if (holder.id() != app.id()) {
                refuse(
                        app,
                        (host.equals(ANY_HOST) ? "default app, " : host) + path,
                        "another app already has it");
            }
        }

        private void refuse(App app, String claim, String reason) {
            conflicts.add(new Conflict(app.name(), claim, reason));
        }
    }
}
