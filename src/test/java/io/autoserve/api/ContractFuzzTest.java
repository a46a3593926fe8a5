package io.autoserve.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.regex.Matcher.quoteReplacement;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import io.autoserve.api.Contract.Operation;
import io.autoserve.model.Event;
import io.autoserve.model.Instance.Health;
import io.autoserve.spec.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends random requests to every operation of the contract. No request may hang or get a 5xx, and
 * each answer must be one that the contract declares. The test writes the requests to a socket,
 * because HTTP clients refuse to send most of them.
 */
class ContractFuzzTest {
    private static final int REQUESTS = Integer.getInteger("fuzz.requests", 150);
    private static final Pattern HEAD = Pattern.compile("HTTP/1\\.[01] (\\d{3}) [^\r]*\r\n");
    private static final Pattern EVENTS =
            Pattern.compile("(?i)\\r\\ncontent-type: text/event-stream");
    private static final Contract CONTRACT = Contract.published();
    @AutoClose private static final Served api = new Served();
    private static final Map<String, Schema> schemas = new HashMap<>();

    @BeforeAll
    static void fill() {
        api.register("shop");
        api.run("shop", 0, Health.READY);
        api.run("shop", 1, Health.NOT_READY);
    }

    static Stream<String> operations() {
        return CONTRACT.operations().stream().map(Operation::id);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void answers_as_the_contract_says(String id) throws IOException {
        var operation =
                CONTRACT.operations().stream().filter(o -> o.id().equals(id)).findFirst().get();
        var seed = Long.getLong("fuzz.seed", System.nanoTime());
        System.out.println("%s: -Dfuzz.seed=%d".formatted(id, seed));
        for (var i = 0; i < REQUESTS; i++) {
            var request = new Input(new Random(seed + i), operation).request();
            try {
                judge(operation, send(request));
            } catch (AssertionError | IOException e) {
                var text = new String(request, 0, Math.min(request.length, 2000), ISO_8859_1);
                throw new AssertionError("seed %d + %d:%n%s".formatted(seed, i, text), e);
            }
        }
        assertThat(api.get("/health/live").status()).isEqualTo(200);
        assertThat(api.writes().underWay()).as("writes that never ended").isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n",
                "GET\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "GET /a b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "GET /health/live HTTP/9.9\r\nHost: a\r\n\r\n",
                "GET * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "GET http://[ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "POST /api/v1/apps HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "POST /api/v1/apps HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                "\0\1\2\3\4\r\n\r\n"
            })
    void outlives_what_is_not_http(String request) throws IOException {
        try (var socket = api.connect()) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .doesNotStartWith("HTTP/1.1 5");
        }
        assertThat(api.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void the_contract_knows_every_type_of_event() {
        var declared = CONTRACT.root().at("/components/schemas/EventType/enum");

        assertThat(declared)
                .extracting(JsonNode::textValue)
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Event.Type.values()).map(Enum::name).toList());
    }

    private record Reply(int status, String head, String body) {
        String type() {
            var type = Pattern.compile("(?i)\r\ncontent-type: ([^;\r]*)").matcher(head);
            return type.find() ? type.group(1) : "";
        }
    }

    private static Reply send(byte[] request) throws IOException {
        try (var socket = api.connect()) {
            try {
                socket.getOutputStream().write(request);
            } catch (IOException e) {
                // The server refused the request before all of it was written. The answer has
                // arrived anyway.
            }
            var in = socket.getInputStream();
            var bytes = new ByteArrayOutputStream();
            var part = new byte[8192];
            for (var n = in.read(part); n >= 0; n = in.read(part)) {
                bytes.write(part, 0, n);
                if (EVENTS.matcher(bytes.toString(UTF_8)).find()) {
                    break; // a stream never ends
                }
            }
            var text = bytes.toString(UTF_8);
            var head = HEAD.matcher(text);
            assertThat(head.lookingAt()).as(text).isTrue();
            var end = text.indexOf("\r\n\r\n");
            return new Reply(
                    Integer.parseInt(head.group(1)),
                    text.substring(0, end),
                    text.substring(end + 4));
        }
    }

    private static void judge(Operation operation, Reply reply) throws IOException {
        var declared =
                CONTRACT.root()
                        .path("paths")
                        .path(operation.path().replaceAll(":(\\w+)", "{$1}"))
                        .path(operation.method().name().toLowerCase(java.util.Locale.ROOT))
                        .path("responses");
        var status = String.valueOf(reply.status);
        if (reply.body.isEmpty() && List.of(400, 414, 431).contains(reply.status)) {
            return; // Vert.x's HTTP codec refused the request and cannot explain why
        }
        if (!declared.has(status)) {
            // The random path may belong to another operation or to none.
            assertThat(reply.status).isIn(200, 404, 405);
            return;
        }
        if (reply.status >= 400) {
            assertThat(reply.type()).isEqualTo("application/problem+json");
        }
        var content = resolved(declared.get(status)).path("content");
        if (content.has(reply.type()) && reply.type().endsWith("json")) {
            var schema = content.get(reply.type()).get("schema");
            assertThat(schema(schema).validate(Json.MAPPER.readTree(reply.body))).isEmpty();
        }
    }

    private static JsonNode resolved(JsonNode node) {
        return node.has("$ref")
                ? CONTRACT.root().at(node.get("$ref").textValue().substring(1))
                : node;
    }

    /** Resolves references to the contract's components. */
    private static Schema schema(JsonNode schema) {
        return schemas.computeIfAbsent(
                schema.toString(),
                _ -> {
                    var whole = (ObjectNode) schema.deepCopy();
                    whole.set("components", CONTRACT.root().get("components"));
                    return SchemaRegistry.withDefaultDialect(Dialects.getOpenApi31())
                            .getSchema(whole);
                });
    }

    /** Builds one random request for an operation, with valid and invalid parts. */
    private record Input(Random random, Operation operation) {
        private static final List<String> TEXTS =
                List.of(
                        "",
                        "shop",
                        "shop-0",
                        "0",
                        "1",
                        "-1",
                        "1-1",
                        "9".repeat(15),
                        "9".repeat(30),
                        "1e9",
                        "0x10",
                        "true",
                        "null",
                        "Shop",
                        "a".repeat(64),
                        "a".repeat(5000),
                        "..",
                        "%2e%2e%2f",
                        "%00",
                        "%zz",
                        "%",
                        "%c3%28",
                        "%F0%9F%92%A9",
                        "é",
                        "%0d%0aX-Odd:%201",
                        "'%20or%201=1--",
                        "${jndi:ldap://a}",
                        "{{7*7}}",
                        "2026-01-01T00:00:00Z",
                        "+999999999-12-31T23:59:59Z",
                        "-0001-01-01T00:00:00Z",
                        "AppScaled",
                        "\"1-1\"",
                        "*");
        private static final List<String> TYPES =
                List.of(
                        "application/json",
                        "application/json; charset=utf-8",
                        "application/yaml",
                        "text/yaml",
                        "TEXT/YAML",
                        "text/plain",
                        "multipart/form-data; boundary=a",
                        "application/x-www-form-urlencoded",
                        ";;;",
                        "é");
        private static final List<String> BODIES =
                List.of(
                        "",
                        " ",
                        "null",
                        "[]",
                        "{}",
                        "{",
                        "\"",
                        "0",
                        "1e400",
                        "{\"replicas\":1}",
                        "{\"replicas\":1.5}",
                        "{\"replicas\":1e3}",
                        "{\"replicas\":99999999999999999999}",
                        "{\"replicas\":\"1\"}",
                        "{\"replicas\":1,\"replicas\":2}",
                        "{\"replicas\":{\"a\":[]}}",
                        "a: &a [*a]",
                        "a: *b",
                        "? [a]\n: b",
                        "!!java.net.URL [\"http://127.0.0.1\"]",
                        "--- a\n--- b\n",
                        "%YAML 9.9\n---\na: b",
                        "\t- a",
                        "\0",
                        "\ufeff{}",
                        "[".repeat(20_000),
                        "{\"a\":".repeat(20_000),
                        "- ".repeat(20_000),
                        "a: {".repeat(5_000),
                        laughs(),
                        "#".repeat((1 << 20) + 10),
                        "\"" + "\\u0000".repeat(100) + "\"");

        private static String laughs() {
            var text = new StringBuilder("a0: &a0 [lol]\n");
            for (var i = 1; i < 12; i++) {
                var before = "*a" + (i - 1);
                text.append("a%d: &a%d [".formatted(i, i))
                        .append(String.join(", ", java.util.Collections.nCopies(9, before)))
                        .append("]\n");
            }
            return text.toString();
        }

        byte[] request() {
            var body = operation.takesBody() || random.nextInt(10) == 0 ? body() : new byte[0];
            var head =
                    "%s %s%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"
                            .formatted(operation.method(), path(), query(), body.length, headers());
            var request = new ByteArrayOutputStream();
            request.writeBytes(head.getBytes(UTF_8));
            request.writeBytes(body);
            return request.toByteArray();
        }

        private String path() {
            var name = mostly("shop");
            return operation
                    .path()
                    .replaceAll(":\\w+", quoteReplacement(name.isEmpty() ? "-" : name));
        }

        private String query() {
            var parts = new ArrayList<String>();
            for (var parameter : operation.parameters()) {
                if (parameter.in() == Parameter.In.query && random.nextInt(3) == 0) {
                    parts.add(parameter.name() + "=" + some(TEXTS));
                }
            }
            if (random.nextInt(8) == 0) {
                parts.add(some(TEXTS) + (random.nextBoolean() ? "=" + some(TEXTS) : ""));
            }
            if (!parts.isEmpty() && random.nextInt(10) == 0) {
                parts.add(parts.getFirst());
            }
            return parts.isEmpty()
                    ? ""
                    : "?" + String.join(random.nextInt(9) == 0 ? ";" : "&", parts);
        }

        private String headers() {
            var headers = new StringBuilder();
            for (var parameter : operation.parameters()) {
                if (parameter.in() == Parameter.In.header && random.nextInt(3) == 0) {
                    headers.append(parameter.name() + ": " + some(TEXTS) + "\r\n");
                }
            }
            if (random.nextInt(5) == 0) {
                headers.append("X-Request-Id: " + some(TEXTS) + "\r\n");
            }
            if (random.nextInt(10) > 0) {
                var usual = List.copyOf(operation.bodyTypes());
                var type = usual.isEmpty() || random.nextInt(5) == 0 ? some(TYPES) : some(usual);
                headers.append("Content-Type: " + type + "\r\n");
            }
            return headers.toString();
        }

        private byte[] body() {
            return switch (random.nextInt(4)) {
                case 0 -> some(BODIES).getBytes(UTF_8);
                case 1 -> {
                    var bytes = new byte[random.nextInt(2000)];
                    random.nextBytes(bytes);
                    yield bytes;
                }
                case 2 -> damaged(Served.spec("shop", "shop:1")).getBytes(UTF_8);
                default -> mutant().getBytes(UTF_8);
            };
        }

        /** Returns a spec with some characters lost, doubled or replaced. */
        private String damaged(String spec) {
            var text = new StringBuilder(spec);
            for (var i = random.nextInt(6); i > 0; i--) {
                var at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, text.substring(at));
                    default ->
                            text.setCharAt(
                                    at, "\0\t:{[]}#&*!|>'\"%@`é\ud800".charAt(random.nextInt(20)));
                }
            }
            return text.toString();
        }

        /** Returns a spec in which some values were replaced by random ones. */
        private String mutant() {
            var odd =
                    List.of(
                            "null",
                            "-1",
                            "1e999",
                            "\"\"",
                            "\"a\\u0000b\"",
                            "\"\\ud800\"",
                            "[]",
                            "{}",
                            "[[1]]",
                            "true",
                            "\"" + "x".repeat(3000) + "\"",
                            "9999999999999999999999");
            UnaryOperator<String> or = usual -> random.nextInt(6) == 0 ? some(odd) : usual;
            return """
            {"apiVersion": %s, "kind": %s, "metadata": {"name": %s, "labels": %s, "annotations": %s},
             "spec": {"type": %s, "image": %s, "ports": [{"containerPort": %s}],
             "environment": [{"name": "A", "value": %s}], "resources": {"cpu": %s, "memory": %s},
             "routing": {"domains": [%s], "pathPrefix": %s}, "volumes": [{"name": %s, "mountPath": %s}]},
             "scaling": {"minReplicas": %s, "windowSeconds": %s},
             "healthCheck": {"path": %s, "periodSeconds": %s}, "rollout": {"maxSurge": %s}}
            """
                    .formatted(
                            Stream.of(
                                            "\"v1\"",
                                            "\"App\"",
                                            "\"shop\"",
                                            "{\"a\": \"b\"}",
                                            "{\"c\": \"d\"}",
                                            "\"http\"",
                                            "\"shop:1\"",
                                            "8080",
                                            "\"b\"",
                                            "\"500m\"",
                                            "\"1Gi\"",
                                            "\"a.example\"",
                                            "\"/\"",
                                            "\"data\"",
                                            "\"/data\"",
                                            "1",
                                            "20",
                                            "\"/health\"",
                                            "1",
                                            "1")
                                    .map(or)
                                    .toArray());
        }

        private String mostly(String usual) {
            return random.nextInt(3) == 0 ? some(TEXTS) : usual;
        }

        private String some(List<String> choices) {
            return choices.get(random.nextInt(choices.size()));
        }
    }
}
