package io.autoserve.model;

import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Rules that nginx applies to an app's requests, apart from the choice of an instance.
 *
 * @param redirects domains of the app whose requests are redirected; the value is the host to which
 *     they are redirected
 * @param treatment applies to all requests of the app
 * @param paths parts of the app's paths with rules of their own. The longest path that covers a
 *     request decides
 * @param compression whether nginx compresses answers
 * @param errorPages web pages by the status for which nginx sends them in place of its own
 * @param logSample the share of requests that nginx writes to its log, 0 to 1
 * @param traceSample the share of traces that nginx marks as sampled, 0 to 1, if it begins them;
 *     null if it begins none
 */
public record RequestRules(
        Map<String, String> redirects,
        Treatment treatment,
        List<PathRule> paths,
        boolean compression,
        Map<Integer, String> errorPages,
        double logSample,
        @Nullable Double traceSample) {

    public static final RequestRules NONE =
            new RequestRules(Map.of(), Treatment.NONE, List.of(), false, Map.of(), 0, null);

    public RequestRules {
        Require.that(logSample >= 0 && logSample <= 1, "sample must be 0 to 1, was %s", logSample);
        if (traceSample != null) {
            Require.that(
                    traceSample >= 0 && traceSample <= 1,
                    "sample must be 0 to 1, was %s",
                    traceSample);
        }
        redirects = Map.copyOf(redirects);
        paths = List.copyOf(paths);
        errorPages = Map.copyOf(errorPages);
    }

    /**
     * Returns the path with everything that applies to it, which is the app's treatment unless the
     * path says otherwise.
     */
    public PathRule effective(PathRule path) {
        return path.inherit
                ? new PathRule(
                        path.path,
                        path.port,
                        path.stripPrefix,
                        path.redirect,
                        true,
                        path.treatment.within(treatment))
                : path;
    }

    /**
     * Returns the names of the secrets that hold users. Each map key is the pointer to the field
     * that contains the name, below the pointer to {@code routing}.
     */
    public SequencedMap<String, String> secrets() {
        var secrets = new LinkedHashMap<String, String>();
        if (treatment.auth != null) {
            secrets.put("/basicAuth/secret", treatment.auth.secret);
        }
        for (var i = 0; i < paths.size(); i++) {
            var auth = paths.get(i).treatment.auth;
            if (auth != null) {
                secrets.put("/routes/%d/basicAuth/secret".formatted(i), auth.secret);
            }
        }
        return secrets;
    }

    /**
     * Returns about how many characters nginx's route table has for these rules. Each path has
     * there all that applies to it, so the rules of the whole app count for each path that inherits
     * them. Users and their passwords do not count.
     */
    public long lengthInTable() {
        var length = treatment.length() + length(redirects.keySet()) + length(redirects.values());
        for (var path : paths) {
            var redirect = path.redirect;
            length +=
                    length(List.of(path.path, redirect == null ? "" : redirect.to))
                            + effective(path).treatment.length();
        }
        return length + length(errorPages.values());
    }

    private static long length(Collection<String> texts) {
        var marks = 3L; // the quotes and a comma or colon
        return texts.stream().mapToLong(text -> text.length() + marks).sum();
    }

    /**
     * @param path covers itself and all paths below it: {@code /api} covers {@code /api/v1}, but
     *     not {@code /apis}
     * @param port the port of the instance that gets the requests; null for the app's first one
     * @param stripPrefix whether the instance gets the request without the path in front
     * @param redirect null if an instance gets the requests
     * @param inherit whether the app's treatment applies where the path has none of its own
     */
    public record PathRule(
            String path,
            @Nullable Integer port,
            boolean stripPrefix,
            @Nullable Redirect redirect,
            boolean inherit,
            Treatment treatment) {
        public PathRule {
            Require.that(path.startsWith("/"), "path must start with '/', was '%s'", path);
        }
    }

    /**
     * @param to an absolute URL, or a path on the same host. What follows the redirected path in
     *     the request is appended
     */
    public record Redirect(String to, boolean permanent) {}

    /**
     * Checks that nginx makes before an instance gets a request, and changes of the request.
     *
     * @param request changes of the request's headers
     * @param response changes of the answer's headers
     * @param allow the only networks whose clients are served, such as {@code 10.0.0.0/8}. If
     *     empty, all clients are
     * @param auth null if requests need no password
     * @param limit null if clients may send any number of requests
     * @param cors null if the app itself decides which other sites may use it
     * @param maintenance whether nginx answers all requests with 503
     */
    public record Treatment(
            Headers request,
            Headers response,
            List<String> allow,
            @Nullable BasicAuth auth,
            @Nullable RateLimit limit,
            @Nullable Cors cors,
            boolean maintenance) {
        public static final Treatment NONE =
                new Treatment(
                        Headers.UNCHANGED, Headers.UNCHANGED, List.of(), null, null, null, false);

        public Treatment {
            allow = List.copyOf(allow);
        }

        private long length() {
            var length = request.length() + response.length() + RequestRules.length(allow);
            if (auth != null) {
                length += RequestRules.length(List.of(auth.secret, auth.realm));
            }
            if (cors != null) {
                length +=
                        RequestRules.length(cors.origins)
                                + RequestRules.length(cors.methods)
                                + RequestRules.length(cors.headers);
            }
            return length;
        }

        private Treatment within(Treatment app) {
            return new Treatment(
                    request.after(app.request),
                    response.after(app.response),
                    allow.isEmpty() ? app.allow : allow,
                    auth == null ? app.auth : auth,
                    limit == null ? app.limit : limit,
                    cors == null ? app.cors : cors,
                    maintenance || app.maintenance);
        }
    }

    /**
     * @param secret name of a secret that is a JSON object. Each of its fields is a user, and the
     *     value is the user's password
     * @param realm what browsers show when they ask for the password
     */
    public record BasicAuth(String secret, String realm) {}

    /**
     * How many requests a client may send. A client is an IPv4 address or an IPv6 network of 64
     * bits.
     *
     * @param perSecond requests per second on average, above 0
     * @param burst requests that a client may send at once, beyond the average
     */
    public record RateLimit(double perSecond, int burst) {
        public RateLimit {
            Require.that(perSecond > 0, "requestsPerSecond must be above 0, was %s", perSecond);
            Require.that(burst >= 0, "burst must not be negative, was %d", burst);
        }
    }

    /**
     * Which other sites may use the app from a browser.
     *
     * @param origins origins such as {@code https://shop.example.com}; {@code *} stands for all
     * @param methods methods that these sites may use, besides GET, HEAD and POST
     * @param headers headers that these sites may send, besides the ordinary ones
     * @param credentials whether browsers may send cookies and passwords
     * @param maxAge how long browsers may store these rules
     */
    public record Cors(
            List<String> origins,
            List<String> methods,
            List<String> headers,
            boolean credentials,
            Duration maxAge) {
        public Cors {
            origins = List.copyOf(origins);
            methods = List.copyOf(methods);
            headers = List.copyOf(headers);
        }
    }

    /**
     * Headers that are set, each in place of all headers of its name, and names of headers that are
     * removed.
     */
    public record Headers(Map<String, String> set, List<String> remove) {
        public static final Headers UNCHANGED = new Headers(Map.of(), List.of());

        public Headers {
            set = Map.copyOf(set);
            remove = List.copyOf(remove);
        }

        private long length() {
            return RequestRules.length(set.keySet())
                    + RequestRules.length(set.values())
                    + RequestRules.length(remove);
        }

        /** Returns both changes as one. If both change a header, this one has the last word. */
        private Headers after(Headers first) {
            var named = Stream.concat(set.keySet().stream(), remove.stream()).toList();
            var merged =
                    first.set.entrySet().stream()
                            .filter(header -> !includes(named, header.getKey()))
                            .collect(
                                    toMap(
                                            Map.Entry::getKey,
                                            Map.Entry::getValue,
                                            (one, _) -> one,
                                            LinkedHashMap::new));
            merged.putAll(set);
            var removed = new ArrayList<>(remove);
            first.remove.stream().filter(name -> !includes(named, name)).forEach(removed::add);
            return new Headers(merged, removed);
        }

        private static boolean includes(Collection<String> names, String name) {
            return names.stream().anyMatch(name::equalsIgnoreCase);
        }
    }
}
