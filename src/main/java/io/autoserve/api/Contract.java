package io.autoserve.api;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import io.autoserve.access.Requirement;
import io.autoserve.access.Requirement.Reach;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.Role;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@code openapi.yaml} and what each accepts. AutoServe has its own reader for
 * this file, because the reader of Vert.x rejects contracts with {@code text/event-stream}, does
 * not support YAML bodies and lets unknown parameters pass.
 */
final class Contract {
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(Dialects.getOpenApi31());

    private static final Schema ANYTHING = SCHEMAS.getSchema(BooleanNode.TRUE);

    private final String text;
    private final JsonNode root;
    private final List<Operation> operations = new ArrayList<>();

    private Contract(String text, JsonNode root) {
        this.text = text;
        this.root = root;
        root.get("paths")
                .properties()
                .forEach(path ->
                        path.getValue()
                                .properties()
                                .forEach(method ->
                                        operations.add(
                                                operation(
                                                        path.getKey(),
                                                        method.getKey(),
                                                        method.getValue()))));
    }

    static Contract published() {
        try (var in = Contract.class.getResourceAsStream("/openapi.yaml")) {
            if (in == null) {
                throw new IllegalStateException("openapi.yaml is not on the class path");
            }
            var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Contract(text, new YAMLMapper().readTree(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    String text() {
        return text;
    }

    List<Operation> operations() {
        return List.copyOf(operations);
    }

    private Operation operation(String path, String method, JsonNode written) {
        var parameters = new ArrayList<Parameter>();
        for (var reference : written.path("parameters")) {
            var parameter = resolved(reference);
            parameters.add(Parameter.of(parameter, resolved(parameter.get("schema"))));
        }
        var content = resolved(written.path("requestBody")).path("content");
        var types = new TreeSet<String>();
        content.fieldNames().forEachRemaining(types::add);
        var schema = resolved(content.path("application/json").path("schema"));
        return new Operation(
                written.get("operationId").textValue(),
                HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
                path.replaceAll("\\{(\\w+)}", ":$1"),
                List.copyOf(parameters),
                written.at("/responses/200/content").has("text/event-stream"),
                types,
                schema.isMissingNode() ? ANYTHING : SCHEMAS.getSchema(schema),
                need(path, written));
    }

    /**
     * Returns what an operation requires of its caller. If an operation has no {@code x-role}, the
     * server does not start. If neither the path nor {@code x-apps} limits an operation to certain
     * apps, the caller's scope must be all apps.
     */
    private static Requirement need(String path, JsonNode written) {
        var role = written.path("x-role").asText();
        var reach =
                path.startsWith("/api/v1/apps/{name}")
                        ? Reach.ONE
                        : written.path("x-apps").asText().equals("own") ? Reach.OWN : Reach.ALL;
        return switch (role) {
            case "anyone" -> new Requirement(null, reach);
            case "hook" -> new Requirement(Role.HOOK, reach);
            case "viewer" -> new Requirement(Role.VIEWER, reach);
            case "deployer" -> new Requirement(Role.DEPLOYER, reach);
            case "admin" -> new Requirement(Role.ADMIN, reach);
            default ->
                    throw new IllegalStateException(
                            "openapi.yaml must state in x-role who may call %s, but has '%s'"
                                    .formatted(written.path("operationId").asText(), role));
        };
    }

    private JsonNode resolved(JsonNode node) {
        var reference = node.path("$ref").textValue();
        return reference == null ? node : root.at(reference.substring(1));
    }

    /**
     * @param path path in the router's syntax, such as {@code /apps/:name}
     * @param streams whether the response never ends
     * @param bodyTypes content types that the operation accepts; empty if it takes no body
     * @param body the schema of a JSON body
     * @param need what the operation requires of its caller
     */
    record Operation(
            String id,
            HttpMethod method,
            String path,
            List<Parameter> parameters,
            boolean streams,
            Set<String> bodyTypes,
            Schema body,
            Requirement need) {

        boolean takesBody() {
            return !bodyTypes.isEmpty();
        }

        /** Returns whether the body is a secret's value. No other body is plain text. */
        boolean takesSecret() {
            return bodyTypes.contains("text/plain");
        }

        /**
         * Returns whether the operation is a write: it is not a GET, and it needs a role. Beginning
         * and ending a session store nothing and need no role, so they are not writes. Exec and
         * port-forward begin as a GET and have no turn among the writes, but {@link Tunnels} counts
         * them in the token's write rate.
         */
        boolean writes() {
            return !method.equals(HttpMethod.GET) && need.role() != null;
        }

        /**
         * Returns whether the operation also answers HEAD. RFC 9110 requires HEAD wherever GET is
         * answered. Streams are an exception, because they never end.
         */
        boolean answersHead() {
            return method.equals(HttpMethod.GET) && !streams;
        }

        /**
         * Returns the values of the parameters, or throws a {@link Rejection.BadRequest} that lists
         * every error.
         */
        Map<String, Object> read(RoutingContext context) {
            var faults = new ArrayList<FieldError>();
            var values = new HashMap<String, Object>();
            for (var parameter : parameters) {
                var text = text(parameter, context, faults::add);
                var value = text == null ? parameter.standard() : parameter.read(text, faults::add);
                if (value != null) {
                    values.put(parameter.name(), value);
                } else if (text == null && parameter.required()) {
                    faults.add(parameter.missing());
                }
            }
            refuseUnknown(context, faults::add);
            if (!faults.isEmpty()) {
                throw new Rejection.BadRequest(faults);
            }
            return values;
        }

        private static @Nullable String text(
                Parameter parameter, RoutingContext context, Consumer<FieldError> faults) {
            var name = parameter.name();
            var given =
                    switch (parameter.in()) {
                        case path -> List.of(context.pathParam(name));
                        case query -> query(context) ? context.queryParam(name) : List.<String>of();
                        case header -> context.request().headers().getAll(name);
                    };
            if (given.size() > 1) {
                faults.accept(
                        FieldError.in(
                                parameter.in() + " " + name,
                                name + " is given twice: send it once"));
            }
            return given.isEmpty() ? null : given.getFirst();
        }

        private void refuseUnknown(RoutingContext context, Consumer<FieldError> faults) {
            if (query(context)) {
                for (var name : context.queryParams().names()) {
                    if (parameters.stream()
                            .noneMatch(
                                    p -> p.in() == Parameter.In.query && p.name().equals(name))) {
                        faults.accept(
                                FieldError.in("query " + name, "unknown query parameter " + name));
                    }
                }
            }
        }

        private static boolean query(RoutingContext context) {
            return context.request().query() != null;
        }

        /** Rejects a body whose content type the operation does not accept. */
        void admitType(HttpServerRequest request) {
            var type = request.getHeader("Content-Type");
            var plain = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            if (!bodyTypes.contains(plain)) {
                throw new Rejection.UnsupportedType(
                        "Content-Type must be %s, was '%s'"
                                .formatted(String.join(" or ", bodyTypes), plain));
            }
        }

        /** Rejects a body if the operation takes none, since its content would have no effect. */
        void refuseBody(HttpServerRequest request) {
            var length = request.getHeader("Content-Length");
            var empty = length == null || length.matches("0+");
            if (!takesBody() && (!empty || request.getHeader("Transfer-Encoding") != null)) {
                throw new Rejection.BadRequest(
                        List.of(FieldError.in("body", id + " takes no body" + otherWay())));
            }
        }

        private String otherWay() {
            var names =
                    parameters.stream()
                            .filter(it -> it.in() == Parameter.In.query)
                            .map(it -> "?" + it.name() + "=")
                            .toList();
            return switch (names.size()) {
                case 0 -> ": send none";
                case 1 -> ": send none, and use the query parameter " + names.getFirst();
                default -> ": send none, and use the query parameters " + String.join(", ", names);
            };
        }

        /** Rejects a JSON body that does not match the schema. The rejection lists every error. */
        void admit(JsonNode json) {
            refuseInfinite(json, JsonPointer.empty());
            var faults =
                    body.validate(json).stream()
                            .map(e ->
                                    FieldError.at(
                                            e.getInstanceLocation().toString(), e.getMessage()))
                            .toList();
            if (!faults.isEmpty()) {
                throw new Rejection.BadBody(faults);
            }
        }

        /** Rejects a number such as 1e999, with which the validator of schemas cannot compute. */
        private static void refuseInfinite(JsonNode json, JsonPointer place) {
            if (json.isDouble() && !Double.isFinite(json.doubleValue())) {
                throw new Rejection.BadBody(
                        List.of(
                                FieldError.at(
                                        place.toString(),
                                        "must be a number below 1.8e308, was a larger one")));
            }
            json.forEachEntry((name, value) -> refuseInfinite(value, place.appendProperty(name)));
            for (var i = 0; json.isArray() && i < json.size(); i++) {
                refuseInfinite(json.get(i), place.appendIndex(i));
            }
        }
    }
}
