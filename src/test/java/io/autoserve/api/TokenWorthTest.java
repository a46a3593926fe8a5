package io.autoserve.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests what a token is worth beyond the operations that {@link PermissionsTest} calls: which apps,
 * hosts, labels, images, quotas and streams each role and scope may have.
 */
class TokenWorthTest {
    private static final Pattern COLUMNS = Pattern.compile(" *\\| *");

    private static final String UPGRADE =
            """
            Connection: Upgrade
            Upgrade: websocket
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            """;

    /** The tokens, each with its role and its limits as JSON. */
    private static final Map<String, String> TOKENS =
            Map.of(
                    "viewer", "\"role\": \"viewer\"",
                    "viewer of shops", "\"role\": \"viewer\", \"apps\": [\"shop-*\"]",
                    "deployer", "\"role\": \"deployer\"",
                    "deployer of shops", "\"role\": \"deployer\", \"apps\": [\"shop-*\"]",
                    "with domains",
                            "\"role\": \"deployer\", \"apps\": [\"shop-*\"], \"domains\": [\"*.shop.example.com\"]",
                    "with a quota",
                            "\"role\": \"deployer\", \"apps\": [\"shop-*\"], \"quota\": {\"instances\": 4}",
                    "admin", "\"role\": \"admin\"");

    /** Before each line, 'blog' has the host blog.example.com, and 'shop-old' has 2 instances. */
    private static final String TABLE =
            """
            what                         | viewer | viewer of shops | deployer | deployer of shops | with domains | with a quota | admin
            app shop-new                 | 403    | 403             | 201      | 201               | 201          | 201          | 201
            app news                     | 403    | 403             | 201      | 403               | 403          | 403          | 201
            host a.shop.example.com      | 403    | 403             | 201      | 201               | 201          | 201          | 201
            host shop.example.net        | 403    | 403             | 201      | 201               | 403          | 201          | 201
            host blog.example.com        | 403    | 403             | 409      | 409               | 403          | 409          | 409
            host *.example.com           | 403    | 403             | 201      | 409               | 403          | 409          | 201
            host 127.0.0.1               | 403    | 403             | 422      | 422               | 422          | 422          | 422
            label team                   | 403    | 403             | 201      | 201               | 201          | 201          | 201
            label com.docker.compose.a   | 403    | 403             | 422      | 422               | 422          | 422          | 422
            label io.kubernetes.a        | 403    | 403             | 422      | 422               | 422          | 422          | 422
            image shop:2                 | 403    | 403             | 201      | 201               | 201          | 201          | 201
            image localhost/shop:2       | 403    | 403             | 201      | 201               | 201          | 201          | 201
            image localhost/autoserve/a  | 403    | 403             | 422      | 422               | 422          | 422          | 422
            instances 1                  | 403    | 403             | 201      | 201               | 201          | 201          | 201
            instances 5                  | 403    | 403             | 201      | 201               | 201          | 409          | 201
            stream events/stream         | 200    | 200             | 200      | 200               | 200          | 200          | 200
            stream apps/shop-old/logs/stream     | 200 | 200        | 200      | 200               | 200          | 200          | 200
            stream apps/blog/logs/stream         | 200 | 403        | 200      | 403               | 403          | 403          | 200
            stream apps/shop-old/exec            | 403 | 403        | 101      | 101               | 101          | 101          | 101
            stream apps/blog/exec                | 403 | 403        | 101      | 403               | 403          | 403          | 101
            stream apps/shop-old/forward?port=80 | 403 | 403        | 101      | 101               | 101          | 101          | 101
            stream apps/blog/forward?port=80     | 403 | 403        | 101      | 403               | 403          | 403          | 101
            """;

    @AutoClose private final TokenServer server = new TokenServer();
    private final String root = server.give("root", Role.ADMIN, Scope.EVERYTHING);

    static Stream<Arguments> everythingByEveryone() {
        var lines = TABLE.lines().map(line -> List.of(COLUMNS.split(line.strip(), -1))).toList();
        var names = lines.getFirst();
        return lines.stream()
                .skip(1)
                .flatMap(line ->
                        Stream.iterate(1, i -> i < names.size(), i -> i + 1)
                                .map(i ->
                                        Arguments.of(
                                                line.getFirst(),
                                                names.get(i),
                                                Integer.valueOf(line.get(i)))));
    }

    @BeforeEach
    void registerOthers() {
        put(root, "blog", spec("blog", "shop:1", "routing: {domains: [blog.example.com]}"));
        put(root, "shop-old", spec("shop-old", "shop:1", "routing: {}"));
        server.api.run("blog", 0, Health.READY);
        server.api.run("shop-old", 0, Health.READY);
    }

    @ParameterizedTest(name = "{0} by {1}: {2}")
    @MethodSource("everythingByEveryone")
    void is_permitted_to_those_who_may_and_nobody_else(String what, String name, int status)
            throws IOException {
        var token = create(name);
        var words = List.of(what.split(" ", -1));
        var value = words.getLast();

        var answered =
                switch (words.getFirst()) {
                    case "app" -> put(token, value, spec(value, "shop:1", "routing: {}"));
                    case "host" ->
                            put(
                                    token,
                                    "shop-new",
                                    spec(
                                            "shop-new",
                                            "shop:1",
                                            "routing: {domains: ['%s']}".formatted(value)));
                    case "label" ->
                            put(
                                    token,
                                    "shop-new",
                                    spec("shop-new", "shop:1", "routing: {}")
                                            .replace(
                                                    "name: shop-new",
                                                    "name: shop-new\n  labels: {%s: a}"
                                                            .formatted(value)));
                    case "image" -> put(token, "shop-new", spec("shop-new", value, "routing: {}"));
                    case "instances" ->
                            put(
                                    token,
                                    "shop-new",
                                    spec(
                                            "shop-new",
                                            "shop:1",
                                            "scaling: {mode: manual, minReplicas: %s}"
                                                    .formatted(value)));
                    case "stream" -> open(token, value);
                    default -> throw new IllegalArgumentException(what);
                };

        assertThat(answered).isEqualTo(status);
    }

    private String create(String name) {
        var body = "{\"name\": \"%s\", %s}".formatted(name.replace(' ', '-'), TOKENS.get(name));
        var made =
                server.api.send(
                        "POST",
                        "/api/v1/tokens",
                        "application/json",
                        body,
                        "Authorization",
                        "Bearer " + root);
        assertThat(made.status()).isEqualTo(201);
        return made.json().path("token").textValue();
    }

    private int put(String token, String app, String spec) {
        return server.api
                .send(
                        "PUT",
                        "/api/v1/apps/" + app,
                        "application/yaml",
                        spec,
                        "Authorization",
                        "Bearer " + token)
                .status();
    }

    private static String spec(String app, String image, String part) {
        return Served.spec(app, image) + "  " + part + "\n";
    }

    /** Opens the stream, as a WebSocket if it is one, and returns the status. */
    private int open(String token, String path) throws IOException {
        try (var socket = server.api.connect()) {
            var request =
                    """
                    GET /api/v1/%s HTTP/1.1
                    Host: localhost
                    Authorization: Bearer %s
                    %s
                    """
                            .formatted(path, token, path.endsWith("stream") ? "" : UPGRADE);
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(US_ASCII));
            var head = new String(socket.getInputStream().readNBytes(12), US_ASCII);
            return Integer.parseInt(head.substring(9));
        }
    }
}
