package io.autoserve.spec;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec.Routing;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks hosts, paths and the rules for requests of an app. */
final class RoutingRules {
    /**
     * Headers of requests that belong to a connection, frame the request, or describe the client to
     * the app. nginx sets or removes them; see {@code nginx/conf/forward.conf}.
     */
    private static final Set<String> OURS_IN_REQUESTS =
            Set.of(
                    "connection",
                    "content-length",
                    "expect",
                    "forwarded",
                    "host",
                    "http2-settings",
                    "keep-alive",
                    "proxy",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "x-client-ip",
                    "x-real-ip",
                    "x-request-id");

    private static final String FORWARDED = "x-forwarded-";

    /** Headers of answers that belong to a connection, or that frame or describe the body. */
    private static final Set<String> OURS_IN_RESPONSES =
            Set.of(
                    "connection",
                    "content-encoding",
                    "content-length",
                    "keep-alive",
                    "set-cookie",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    /** The statuses of the answers that nginx gives itself, apart from 404 for unknown hosts. */
    private static final List<Integer> STATUSES = List.of(400, 401, 403, 413, 429, 502, 503, 504);

    /**
     * An IPv4 address in its usual form, as opposed to short forms such as 127.1, and to 010.0.0.1,
     * which some programs take for 8.0.0.1 and nginx for no address.
     */
    private static final Pattern IPV4 =
            Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

    /**
     * nginx refuses a route table that has no room in its memory, and then no change of any app
     * reaches it. So one app must not fill the table.
     */
    private static final int MOST_CHARACTERS = 1 << 18;

    private final Fields routing;
    private final List<Integer> ports;
    private final Faults faults;

    private RoutingRules(Fields routing, List<Integer> ports, Faults faults) {
        this.routing = routing;
        this.ports = ports;
        this.faults = faults;
    }

    /**
     * @param ports the app's TCP ports
     */
    static void check(Fields routing, List<Integer> ports, Faults faults) {
        var rules = new RoutingRules(routing, ports, faults);
        rules.domains();
        rules.cookie();
        rules.pathPrefix();
        rules.treatment(routing);
        rules.redirects();
        rules.routes();
        rules.errorPages();
        rules.length();
    }

    private void domains() {
        var seen = new HashSet<String>();
        var domains = routing.value("domains");
        for (var index = 0; index < domains.size(); index++) {
            var pointer = Pointer.to(routing.pointer("domains"), index);
            if (!domains.get(index).isTextual()) {
                continue; // already an error
            }
            var domain = domains.get(index).textValue();
            if (!seen.add(domain)) {
                faults.add(
                        pointer,
                        "domains must be unique, but '%s' is listed more than once",
                        domain);
            }
            HostRules.objection(domain).ifPresent(message -> faults.add(pointer, "%s", message));
        }
    }

    private void cookie() {
        var cookie = routing.object("sticky").optionalText("cookie");
        if (Routing.SESSION_COOKIE.equalsIgnoreCase(cookie)) {
            faults.add(
                    routing.object("sticky").pointer("cookie"),
                    "cookie '%s' belongs to AutoServe's own sessions: choose another name",
                    cookie);
        }
    }

    private void pathPrefix() {
        var path = routing.text("pathPrefix");
        if (segments(path).contains("..")) {
            faults.add(
                    routing.pointer("pathPrefix"),
                    "pathPrefix must not contain '..', was '%s'",
                    path);
        }
    }

    private void redirects() {
        var domains = routing.texts("domains");
        var redirects = routing.objects("redirects");
        faults.eachOnce(redirects, "domain", redirect -> redirect.text("domain"));
        var redirected = redirects.stream().map(redirect -> redirect.text("domain")).toList();
        for (var redirect : redirects) {
            if (!set(redirect, "domain") || !set(redirect, "to")) {
                continue; // already an error
            }
            var domain = redirect.text("domain");
            if (!domains.contains(domain)) {
                faults.add(
                        redirect.pointer("domain"),
                        "a redirected domain must be one of the app's domains, was '%s': add it to"
                                + " domains",
                        domain);
            }
            var to = redirect.text("to");
            if (redirected.contains(to)) {
                faults.add(
                        redirect.pointer("to"),
                        "the host '%s' is redirected itself: choose one that is not",
                        to);
            }
        }
    }

    private void routes() {
        var routes = routing.objects("routes");
        // Some servers ignore the case of a path, so no two routes may differ only by it.
        faults.eachOnce(routes, "path", route -> route.text("path").toLowerCase(Locale.ROOT));
        for (var route : routes) {
            if (set(route, "path")) {
                path(route);
            }
            if (route.flag("stripPrefix") && route.text("path").equals("/")) {
                faults.refuses(route, "stripPrefix", "with the path '/'");
            }
            port(route);
            treatment(route);
            if (route.has("redirect")) {
                for (var name : List.of("port", "stripPrefix", "requestHeaders")) {
                    faults.refuses(route, name, "together with a redirect");
                }
                target(route, routes);
            }
        }
    }

    private void path(Fields route) {
        var path = route.text("path");
        if (segments(path).stream().anyMatch(segment -> Set.of(".", "..").contains(segment))) {
            faults.add(route.pointer("path"), "path must not contain '.' or '..', was '%s'", path);
        }
        var prefix = routing.text("pathPrefix");
        if (!covers(prefix, path)) {
            faults.add(
                    route.pointer("path"),
                    "the path of a route must be below pathPrefix ('%s'), was '%s'",
                    prefix,
                    path);
        }
    }

    private void port(Fields route) {
        var port = route.integer("port");
        if (set(route, "port") && !ports.isEmpty() && !ports.contains(0) && !ports.contains(port)) {
            faults.add(
                    route.pointer("port"),
                    "port must be one of the app's TCP ports (%s), was %d",
                    ports.stream().map(String::valueOf).collect(joining(", ")),
                    port);
        }
    }

    /** Refuses a redirect whose requests come back to the same route, perhaps by way of others. */
    private void target(Fields route, List<Fields> routes) {
        var passed = new HashSet<String>();
        var next = redirected(route, routes);
        while (next.isPresent() && passed.add(next.get().pointer())) {
            next = redirected(next.get(), routes);
        }
        if (passed.contains(route.pointer())) {
            var redirect = route.object("redirect");
            faults.add(
                    redirect.pointer("to"),
                    "a redirect to '%s' never ends, because it leads back to the route '%s': choose"
                            + " another path",
                    redirect.text("to"),
                    route.text("path"));
        }
    }

    /** Returns the route that gets the requests that this one redirects within the app. */
    private static Optional<Fields> redirected(Fields route, List<Fields> routes) {
        var redirect = route.object("redirect");
        var to = redirect.text("to");
        return route.has("redirect") && set(redirect, "to") && to.startsWith("/")
                ? routes.stream()
                        .filter(other -> set(other, "path") && covers(other.text("path"), to))
                        .max(Comparator.comparingInt(other -> other.text("path").length()))
                : Optional.empty();
    }

    private void treatment(Fields fields) {
        headers(fields.object("requestHeaders"), OURS_IN_REQUESTS, FORWARDED);
        headers(fields.object("responseHeaders"), OURS_IN_RESPONSES, "x-accel-");
        var networks = fields.value("allow");
        for (var index = 0; index < networks.size(); index++) {
            network(networks.get(index), Pointer.to(fields.pointer("allow"), index));
        }
        var cors = fields.object("cors");
        if (cors.flag("credentials") && cors.texts("origins").contains("*")) {
            faults.add(
                    cors.pointer("credentials"),
                    "credentials cannot be used by all origins: list the origins that may use them");
        }
    }

    private void network(JsonNode network, String pointer) {
        if (network.isTextual() && !isNetwork(network.textValue())) {
            faults.add(
                    pointer,
                    "%s must be an address or a network like '10.0.0.0/8' or '2001:db8::/32', was"
                            + " '%s'",
                    Pointer.name(pointer),
                    network.textValue());
        }
    }

    private static boolean isNetwork(String text) {
        var slash = text.indexOf('/');
        var address = slash < 0 ? text : text.substring(0, slash);
        var isIpv6 = address.contains(":");
        if (!isIpv6 && !IPV4.matcher(address).matches()) {
            return false;
        }
        try {
            var bits = 8 * InetAddress.ofLiteral(address).getAddress().length;
            return bits == (isIpv6 ? 128 : 32)
                    && (slash < 0 || Integer.parseInt(text.substring(slash + 1)) <= bits);
        } catch (IllegalArgumentException invalid) {
            return false;
        }
    }

    private void errorPages() {
        var pages = routing.objects("errorPages");
        faults.eachOnce(pages, "status", page -> page.text("status"));
        for (var page : pages) {
            if (set(page, "status") && !STATUSES.contains(page.integer("status"))) {
                faults.add(
                        page.pointer("status"),
                        "nginx never answers with status %d itself: use one of %s",
                        page.integer("status"),
                        STATUSES.stream().map(String::valueOf).collect(joining(", ")));
            }
        }
    }

    private void length() {
        if (!faults.none()) {
            return; // only a document without errors can be read
        }
        var length = RequestRulesDocument.read(routing).lengthInTable();
        if (length > MOST_CHARACTERS) {
            faults.add(
                    routing.pointer(),
                    "the rules of routing must have at most %d characters, had %d, with those of the"
                            + " whole app again for each route that inherits them: use fewer routes,"
                            + " or shorter headers, lists and error pages",
                    MOST_CHARACTERS,
                    length);
        }
    }

    private void headers(Fields headers, Set<String> ours, String prefix) {
        var set = headers.objects("set");
        faults.eachOnce(set, "name", header -> header.text("name").toLowerCase(Locale.ROOT));
        set.forEach(header -> header(header.text("name"), header.pointer("name"), ours, prefix));
        var remove = headers.value("remove");
        for (var index = 0; index < remove.size(); index++) {
            var name = remove.get(index).asText();
            var pointer = Pointer.to(headers.pointer("remove"), index);
            header(name, pointer, ours, prefix);
            if (set.stream().anyMatch(header -> header.text("name").equalsIgnoreCase(name))) {
                faults.add(pointer, "the header '%s' must not be in both set and remove", name);
            }
        }
    }

    private void header(String name, String pointer, Set<String> ours, String prefix) {
        var lowerCase = name.toLowerCase(Locale.ROOT);
        if (ours.contains(lowerCase) || lowerCase.startsWith(prefix)) {
            faults.add(pointer, "only nginx may change the header '%s': remove it", name);
        }
    }

    /** Returns whether the path is the same as the prefix or below it. */
    private static boolean covers(String prefix, String path) {
        var below = prefix.endsWith("/") ? prefix : prefix + "/";
        return (path + "/").startsWith(below);
    }

    private static List<String> segments(String path) {
        return Arrays.asList(path.split("/", -1));
    }

    /** Returns whether the document sets the field, and without an error. */
    private static boolean set(Fields fields, String name) {
        return fields.node().hasNonNull(name);
    }
}
