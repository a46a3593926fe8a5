package io.autoserve.spec;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.model.RequestRules;
import io.autoserve.model.RequestRules.BasicAuth;
import io.autoserve.model.RequestRules.Cors;
import io.autoserve.model.RequestRules.Headers;
import io.autoserve.model.RequestRules.PathRule;
import io.autoserve.model.RequestRules.RateLimit;
import io.autoserve.model.RequestRules.Redirect;
import io.autoserve.model.RequestRules.Treatment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Converts the fields of {@code routing} that change requests and answers between a valid document
 * and the model.
 */
final class RequestRulesDocument {
    private RequestRulesDocument() {}

    static RequestRules read(Fields routing) {
        var redirects = new LinkedHashMap<String, String>();
        for (var redirect : routing.objects("redirects")) {
            redirects.put(redirect.text("domain"), redirect.text("to"));
        }
        return new RequestRules(
                redirects,
                treatment(routing),
                routing.objects("routes").stream().map(RequestRulesDocument::path).toList(),
                routing.flag("compression"),
                errorPages(routing),
                routing.object("accessLog").value("sample").asDouble(),
                routing.object("tracing").optionalNumber("sample"));
    }

    private static Map<Integer, String> errorPages(Fields routing) {
        var pages = new LinkedHashMap<Integer, String>();
        routing.objects("errorPages")
                .forEach(page -> pages.put(page.integer("status"), page.text("html")));
        return pages;
    }

    private static PathRule path(Fields route) {
        return new PathRule(
                route.text("path"),
                route.has("port") ? route.integer("port") : null,
                route.flag("stripPrefix"),
                redirect(route),
                route.flag("inherit"),
                treatment(route));
    }

    private static @Nullable Redirect redirect(Fields route) {
        var redirect = route.object("redirect");
        return route.has("redirect")
                ? new Redirect(redirect.text("to"), redirect.flag("permanent"))
                : null;
    }

    private static Treatment treatment(Fields fields) {
        return new Treatment(
                headers(fields.object("requestHeaders")),
                headers(fields.object("responseHeaders")),
                fields.texts("allow"),
                fields.has("basicAuth") ? auth(fields.object("basicAuth")) : null,
                fields.has("rateLimit") ? limit(fields.object("rateLimit")) : null,
                fields.has("cors") ? cors(fields.object("cors")) : null,
                fields.flag("maintenance"));
    }

    private static BasicAuth auth(Fields auth) {
        return new BasicAuth(auth.text("secret"), auth.text("realm"));
    }

    private static RateLimit limit(Fields limit) {
        return new RateLimit(limit.value("requestsPerSecond").asDouble(), limit.integer("burst"));
    }

    private static Cors cors(Fields cors) {
        return new Cors(
                cors.texts("origins"),
                cors.texts("methods"),
                cors.texts("headers"),
                cors.flag("credentials"),
                cors.seconds("maxAgeSeconds"));
    }

    private static Headers headers(Fields headers) {
        var set = new LinkedHashMap<String, String>();
        headers.objects("set").forEach(it -> set.put(it.text("name"), it.text("value")));
        return new Headers(set, headers.texts("remove"));
    }

    static void write(RequestRules rules, ObjectNode routing) {
        write(rules.treatment(), routing);
        SpecWriter.unlessEmpty(routing, "redirects", redirects(rules));
        var routes = SpecWriter.array();
        rules.paths().forEach(path -> routes.add(written(path)));
        SpecWriter.unlessEmpty(routing, "routes", routes);
        if (rules.compression()) {
            routing.put("compression", true);
        }
        var pages = SpecWriter.array();
        new TreeMap<>(rules.errorPages())
                .forEach((status, html) ->
                        pages.addObject().put("status", status).put("html", html));
        SpecWriter.unlessEmpty(routing, "errorPages", pages);
        if (rules.logSample() > 0) {
            routing.putObject("accessLog").put("sample", rules.logSample());
        }
        if (rules.traceSample() != null) {
            routing.putObject("tracing").put("sample", rules.traceSample());
        }
    }

    private static ArrayNode redirects(RequestRules rules) {
        var redirects = SpecWriter.array();
        new TreeMap<>(rules.redirects())
                .forEach((domain, to) -> redirects.addObject().put("domain", domain).put("to", to));
        return redirects;
    }

    private static ObjectNode written(PathRule path) {
        var written = SpecWriter.object().put("path", path.path());
        var port = path.port();
        if (port != null) {
            written.put("port", port);
        }
        if (path.stripPrefix()) {
            written.put("stripPrefix", true);
        }
        var redirect = path.redirect();
        if (redirect != null) {
            written.putObject("redirect")
                    .put("to", redirect.to())
                    .put("permanent", redirect.permanent());
        }
        if (!path.inherit()) {
            written.put("inherit", false);
        }
        write(path.treatment(), written);
        return written;
    }

    private static void write(Treatment treatment, ObjectNode fields) {
        write(treatment.request(), "requestHeaders", fields);
        write(treatment.response(), "responseHeaders", fields);
        SpecWriter.unlessEmpty(fields, "allow", SpecWriter.words(treatment.allow()));
        var auth = treatment.auth();
        if (auth != null) {
            fields.putObject("basicAuth").put("secret", auth.secret()).put("realm", auth.realm());
        }
        var limit = treatment.limit();
        if (limit != null) {
            var written = fields.putObject("rateLimit");
            if (limit.perSecond() == Math.rint(limit.perSecond())) {
                written.put("requestsPerSecond", (long) limit.perSecond());
            } else {
                written.put("requestsPerSecond", limit.perSecond());
            }
            written.put("burst", limit.burst());
        }
        if (treatment.cors() != null) {
            write(treatment.cors(), fields.putObject("cors"));
        }
        if (treatment.maintenance()) {
            fields.put("maintenance", true);
        }
    }

    private static void write(Cors cors, ObjectNode written) {
        written.set("origins", SpecWriter.words(cors.origins()));
        SpecWriter.unlessEmpty(written, "methods", SpecWriter.words(cors.methods()));
        SpecWriter.unlessEmpty(written, "headers", SpecWriter.words(cors.headers()));
        written.put("credentials", cors.credentials());
        written.put("maxAgeSeconds", cors.maxAge().toSeconds());
    }

    private static void write(Headers headers, String name, ObjectNode fields) {
        if (headers.equals(Headers.UNCHANGED)) {
            return;
        }
        var set = SpecWriter.array();
        new TreeMap<>(headers.set())
                .forEach(
                        (header, value) -> set.addObject().put("name", header).put("value", value));
        var written = fields.putObject(name);
        SpecWriter.unlessEmpty(written, "set", set);
        SpecWriter.unlessEmpty(written, "remove", SpecWriter.words(headers.remove()));
    }
}
