package io.autoserve.proxy;

import static java.util.stream.Collectors.joining;

import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.RequestRules;
import io.autoserve.model.RequestRules.BasicAuth;
import io.autoserve.model.RequestRules.Cors;
import io.autoserve.model.RequestRules.Headers;
import io.autoserve.model.RequestRules.PathRule;
import io.autoserve.model.RequestRules.RateLimit;
import io.autoserve.model.RequestRules.Treatment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rules for an app's requests in the JSON that nginx reads. Rules that an app does not
 * use are left out, so that they cost nothing.
 */
final class RulesText {
    private RulesText() {}

    /**
     * Returns members of the app's object, each with a comma in front.
     *
     * @param users by the name of a secret, the hashes of its users' passwords
     * @param sleep null if the app never sleeps
     */
    static String of(
            RequestRules rules, Map<String, Map<String, String>> users, @Nullable Sleep sleep) {
        var members = members(rules, users);
        if (sleep != null) {
            members.add(member("sleep", object(sleep(sleep))));
        }
        return members.stream().map(member -> ",\n " + member).collect(joining());
    }

    private static List<String> sleep(Sleep sleep) {
        return List.of(
                member("hold", String.valueOf(sleep.hold().toMillis())),
                member("paths", quoted(sleep.ignoredPaths())),
                member("agents", quoted(sleep.ignoredUserAgents())));
    }

    private static List<String> members(
            RequestRules rules, Map<String, Map<String, String>> users) {
        var members = new ArrayList<String>();
        if (!users.isEmpty()) {
            members.add(member("users", object(users(users))));
        }
        if (!rules.redirects().isEmpty()) {
            members.add(member("redirects", texts(rules.redirects())));
        }
        if (!rules.treatment().equals(Treatment.NONE)) {
            members.add(member("whole", object(treatment(rules.treatment(), false))));
        }
        if (!rules.paths().isEmpty()) {
            var paths = rules.paths().stream().map(path -> path(path, rules.effective(path)));
            members.add(member("paths", list(paths.toList())));
        }
        if (rules.compression()) {
            members.add(member("compression", "true"));
        }
        if (!rules.errorPages().isEmpty()) {
            var pages = new TreeMap<String, String>();
            rules.errorPages().forEach((status, html) -> pages.put(String.valueOf(status), html));
            members.add(member("errorPages", texts(pages)));
        }
        if (rules.logSample() > 0) {
            members.add(member("logSample", String.valueOf(rules.logSample())));
        }
        if (rules.traceSample() != null) {
            members.add(member("traceSample", String.valueOf(rules.traceSample())));
        }
        return members;
    }

    /** The users are here once, however many paths name their secret. */
    private static List<String> users(Map<String, Map<String, String>> users) {
        return new TreeMap<>(users)
                .entrySet().stream()
                        .map(secret -> member(secret.getKey(), texts(secret.getValue())))
                        .toList();
    }

    /**
     * @param effective the path with everything that applies to it
     */
    private static String path(PathRule path, PathRule effective) {
        var members = new ArrayList<String>();
        members.add(member("path", quoted(path.path())));
        if (path.port() != null) {
            members.add(member("port", String.valueOf(path.port())));
        }
        if (path.stripPrefix()) {
            members.add(member("strip", "true"));
        }
        var redirect = path.redirect();
        if (redirect != null) {
            members.add(member("to", quoted(redirect.to())));
            members.add(member("status", redirect.permanent() ? "308" : "307"));
        }
        members.addAll(treatment(effective.treatment(), path.treatment().limit() != null));
        return object(members);
    }

    /**
     * @param ownLimit whether requests count apart from others of the app
     */
    private static List<String> treatment(Treatment treatment, boolean ownLimit) {
        var members = new ArrayList<String>();
        headers(members, "request", treatment.request());
        headers(members, "response", treatment.response());
        if (!treatment.allow().isEmpty()) {
            members.add(member("allow", quoted(treatment.allow())));
        }
        if (treatment.auth() != null) {
            members.add(member("auth", object(auth(treatment.auth()))));
        }
        if (treatment.limit() != null) {
            members.add(member("limit", object(limit(treatment.limit(), ownLimit))));
        }
        if (treatment.cors() != null) {
            members.add(member("cors", object(cors(treatment.cors()))));
        }
        if (treatment.maintenance()) {
            members.add(member("maintenance", "true"));
        }
        return members;
    }

    /** If the users of the secret are not known, nginx admits nobody. */
    private static List<String> auth(BasicAuth auth) {
        return List.of(
                member("realm", quoted(auth.realm())), member("secret", quoted(auth.secret())));
    }

    private static List<String> limit(RateLimit limit, boolean own) {
        return List.of(
                member("rate", String.valueOf(limit.perSecond())),
                member("burst", String.valueOf(limit.burst())),
                member("own", String.valueOf(own)));
    }

    private static List<String> cors(Cors cors) {
        return List.of(
                member("origins", quoted(cors.origins())),
                member("methods", quoted(cors.methods())),
                member("headers", quoted(cors.headers())),
                member("credentials", String.valueOf(cors.credentials())),
                member("maxAge", String.valueOf(cors.maxAge().toSeconds())));
    }

    private static void headers(List<String> members, String name, Headers headers) {
        if (!headers.equals(Headers.UNCHANGED)) {
            members.add(
                    member(
                            name,
                            object(
                                    List.of(
                                            member("set", texts(headers.set())),
                                            member("remove", quoted(headers.remove()))))));
        }
    }

    private static String texts(Map<String, String> texts) {
        return object(
                new TreeMap<>(texts)
                        .entrySet().stream()
                                .map(text -> quoted(text.getKey()) + ":" + quoted(text.getValue()))
                                .toList());
    }

    private static String quoted(List<String> texts) {
        return list(texts.stream().map(RulesText::quoted).toList());
    }

    private static String member(String name, String json) {
        return quoted(name) + ":" + json;
    }

    private static String object(Collection<String> members) {
        return "{" + String.join(",", members) + "}";
    }

    private static String list(Collection<String> items) {
        return "[" + String.join(",", items) + "]";
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (var i = 0; i < text.length(); i++) {
            var next = text.charAt(i);
            if (next == '"' || next == '\\') {
                quoted.append('\\').append(next);
            } else if (next < ' ') {
                quoted.append("\\u%04x".formatted((int) next));
            } else {
                quoted.append(next);
            }
        }
        return quoted.append('"').toString();
    }
}
