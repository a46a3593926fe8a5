package io.autoserve.proxy;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;
import static java.util.stream.Collectors.joining;

import io.autoserve.model.App;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * nginx's server blocks: which host and path leads to which app. Changes only when an app comes,
 * goes or is routed differently, not when its instances do.
 *
 * @param version hash of the text: the same apps make the same version on every controller
 * @param conflicts claims that are not served, since another app has them or they cannot be
 */
public record Structure(String version, String text, List<Conflict> conflicts) {

    /**
     * @param claim host and path as the operator wrote them
     */
    public record Conflict(String app, String claim, String reason) {}

    /** Sorts before every host; its server comes first, so nginx takes it for unknown hosts. */
    private static final String ANY_HOST = "";

    public static Structure of(Collection<App> apps) {
        var claims = Claims.of(apps);
        var served = claims.served();
        var text =
                apps.stream()
                                .filter(Structure::isServed)
                                .sorted(comparing(App::name))
                                .map(Structure::upstream)
                                .collect(joining())
                        + servers(served);
        var version = hash(text);
        return new Structure(
                version,
                "map \"\" $autoserve_structure { default \"%s\"; }\n\n%s".formatted(version, text),
                claims.conflicts());
    }

    private static boolean isServed(App app) {
        return app.intent() != App.Intent.DELETE && Names.app(app.name());
    }

    private static String upstream(App app) {
        return """
        upstream app-%1$s {
            balancer_by_lua_block { autoserve.pick("%1$s") }
            balancer_keepalive 256;
        }
        """
                .formatted(app.name());
    }

    private static String servers(SortedMap<String, SortedMap<String, App>> served) {
        var text = new StringBuilder();
        text.append(server(ANY_HOST, served.getOrDefault(ANY_HOST, new TreeMap<>())));
        served.tailMap(ANY_HOST + "\0").forEach((host, paths) -> text.append(server(host, paths)));
        return text.toString();
    }

    private static String server(String host, SortedMap<String, App> paths) {
        return """

        server {
            listen 80;
            server_name %s;
            include /etc/nginx/autoserve/trouble.conf;
        %s%s}
        """
                .formatted(
                        host.equals(ANY_HOST) ? "_" : host,
                        paths.entrySet().stream()
                                .map(entry -> locations(entry.getKey(), entry.getValue()))
                                .collect(joining()),
                        paths.containsKey("/")
                                ? ""
                                : "    include /etc/nginx/autoserve/unknown.conf;\n");
    }

    /** {@code /api} is {@code /api} and all below it, but not {@code /apis}. */
    private static String locations(String path, App app) {
        return path.equals("/")
                ? location("/", path, app)
                : location("= " + path, path, app) + location(path + "/", path, app);
    }

    private static String location(String match, String path, App app) {
        var routing = app.spec().routing();
        var timeouts = routing.timeouts();
        var stick =
                Names.cookie(routing) == null
                        ? ""
                        : "        header_filter_by_lua_block { autoserve.stick(\"%s\", \"%s\") }\n"
                                .formatted(app.name(), path);
        return """
            location %s {
                include /etc/nginx/autoserve/%s;
                client_max_body_size %d;
                proxy_connect_timeout %s;
                proxy_send_timeout %s;
                proxy_read_timeout %s;
                proxy_next_upstream_timeout %s;
        %s        proxy_pass http://app-%s;
            }
        """
                .formatted(
                        match,
                        routing.websocket() ? "forward-websocket.conf" : "forward.conf",
                        Math.max(0, routing.maxBodyBytes()),
                        milliseconds(timeouts.connect()),
                        milliseconds(timeouts.send()),
                        milliseconds(timeouts.read()),
                        milliseconds(timeouts.read()),
                        stick,
                        app.name());
    }

    private static String milliseconds(Duration duration) {
        return Math.clamp(duration.toMillis(), 1, Duration.ofDays(1).toMillis()) + "ms";
    }

    private static String hash(String text) {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Who has which host and path. {@code <name>.localhost} belongs to the app of that name; of
     * other claims the oldest app's wins, so that a newcomer never takes a running app's traffic.
     */
    private static final class Claims {
        private final SortedMap<String, SortedMap<String, App>> served = new TreeMap<>();
        private final List<Conflict> conflicts = new ArrayList<>();

        static Claims of(Collection<App> apps) {
            var claims = new Claims();
            var oldestFirst =
                    apps.stream()
                            .filter(app -> app.intent() != App.Intent.DELETE)
                            .sorted(comparing(App::createdAt).thenComparing(comparingLong(App::id)))
                            .toList();
            oldestFirst.stream().filter(Structure::isServed).forEach(claims::ownName);
            oldestFirst.forEach(claims::asked);
            return claims;
        }

        SortedMap<String, SortedMap<String, App>> served() {
            return served;
        }

        List<Conflict> conflicts() {
            return List.copyOf(conflicts);
        }

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
                refuse(app, "sticky cookie", "its name may have letters, digits, '-' and '_' only");
            }
            if (!Names.path(routing.pathPrefix())) {
                refuse(
                        app,
                        routing.pathPrefix(),
                        "the path may have letters, digits and ._~-/ only");
                return;
            }
            for (var domain : routing.domains()) {
                var host = domain.toLowerCase(Locale.ROOT);
                if (Names.domain(host)) {
                    claim(app, host, routing.pathPrefix());
                } else {
                    refuse(app, domain, "not a domain");
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
            var holder = served.computeIfAbsent(host, _ -> new TreeMap<>()).putIfAbsent(path, app);
            if (holder != null && holder.id() != app.id()) {
                refuse(
                        app,
                        (host.equals(ANY_HOST) ? "default app, " : host) + path,
                        "taken by app " + holder.name());
            }
        }

        private void refuse(App app, String claim, String reason) {
            conflicts.add(new Conflict(app.name(), claim, reason));
        }
    }
}
