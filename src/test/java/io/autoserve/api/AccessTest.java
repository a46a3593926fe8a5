package io.autoserve.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.App;
import io.autoserve.model.Event;
import io.autoserve.model.Leader;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static final Scope SHOPS = new Scope(List.of("shop-*"));
    private static final String JSON = "application/json";

    @AutoClose private final TokenServer server = new TokenServer();
    private final Served api = server.api;
    private final String admin = server.give("root", Role.ADMIN, Scope.EVERYTHING);
    private final String deployer = server.give("ci", Role.DEPLOYER, SHOPS);

    @BeforeEach
    void registerApps() {
        for (var app : List.of("shop-web", "blog")) {
            assertThat(register(app, admin).status()).isEqualTo(201);
        }
    }

    private Served.Answer register(String app, String token) {
        var spec = Served.spec(app, "image:1");
        return send(token, "POST", "/api/v1/apps", "application/yaml", spec);
    }

    private Served.Answer get(String token, String path) {
        return send(token, "GET", path, "", "");
    }

    private Served.Answer send(String token, String method, String path, String type, String body) {
        return api.send(method, path, type, body, "Authorization", "Bearer " + token);
    }

    @Test
    void tells_a_stranger_that_a_token_is_needed() {
        var answer = api.get("/api/v1/apps");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
        assertThat(answer.json().path("detail").textValue())
                .isEqualTo(
                        "this request needs a token: send the header 'Authorization: Bearer TOKEN'");
    }

    @Test
    void says_which_role_is_needed() {
        var viewer = server.give("grafana", Role.VIEWER, Scope.EVERYTHING);

        var answer = send(viewer, "POST", "/api/v1/apps/shop-web/stop", "", "");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().path("detail").textValue())
                .isEqualTo(
                        "this request needs the role deployer, but the token 'grafana' has the role viewer");
    }

    @Test
    void registers_only_apps_that_the_token_is_for() {
        assertThat(register("shop-cart", deployer).status()).isEqualTo(201);
        assertThat(register("news", deployer).status()).isEqualTo(403);
        assertThat(api.platform.snapshot().app("news")).isNull();
    }

    @Test
    void does_not_tell_whether_there_is_an_app_of_others() {
        var there = get(deployer, "/api/v1/apps/blog");
        var notThere = get(deployer, "/api/v1/apps/nothing");

        assertThat(there.status()).isEqualTo(403);
        assertThat(there.json().path("detail")).isEqualTo(notThere.json().path("detail"));
    }

    @Test
    void lists_only_what_the_token_is_for() {
        assertThat(get(deployer, "/api/v1/apps").json().path("apps"))
                .extracting(app -> app.path("name").textValue())
                .containsExactly("shop-web");
        assertThat(get(deployer, "/api/v1/events").json().path("events"))
                .isNotEmpty()
                .allMatch(event -> event.path("app").textValue().equals("shop-web"));
        assertThat(get(deployer, "/api/v1/events?app=blog").json().path("events")).isEmpty();
        assertThat(get(admin, "/api/v1/events").json().path("events"))
                .anyMatch(event -> event.path("type").textValue().equals("TokenCreated"));
    }

    @Test
    void streams_only_what_the_token_is_for() throws IOException {
        var stream =
                api.stream("/api/v1/events/stream?after=0", "Authorization", "Bearer " + deployer);
        send(admin, "POST", "/api/v1/apps/blog/stop", "", "");
        send(admin, "POST", "/api/v1/apps/shop-web/stop", "", "");

        for (var line = stream.readLine(); ; line = stream.readLine()) {
            assertThat(line).doesNotContain("blog").doesNotContain("Token");
            if (line.equals("event: AppStopped")) {
                break;
            }
        }
    }

    @Test
    void ends_the_streams_of_a_revoked_token_before_anything_more_is_told() throws IOException {
        var stream = api.stream("/api/v1/events/stream", "Authorization", "Bearer " + deployer);
        assertThat(stream.readLine()).startsWith(":");

        server.take("ci");
        send(admin, "POST", "/api/v1/apps/shop-web/stop", "", "");

        assertThat(stream.lines()).noneMatch(line -> line.startsWith("data:"));
    }

    @Test
    void events_name_the_token_whoever_one_says_one_is() {
        api.send(
                "POST",
                "/api/v1/apps/shop-web/stop",
                "",
                "",
                "Authorization",
                "Bearer " + deployer,
                "X-Autoserve-Actor",
                "root");

        var events = get(admin, "/api/v1/events?type=AppStopped").json().path("events");
        assertThat(events.get(0).path("actor").textValue()).isEqualTo("ci");
        assertThat(get(admin, "/api/v1/events?actor=ci").json().path("events")).hasSize(1);
        assertThat(get(admin, "/api/v1/events?actor=nobody").json().path("events")).isEmpty();
    }

    @Test
    void makes_a_token_whose_secret_is_told_once_and_revokes_it() {
        var body =
                """
                {"name": "night", "role": "deployer", "apps": ["shop-*"], "expiresAt": "2999-01-01T00:00:00Z"}
                """;
        var made = send(admin, "POST", "/api/v1/tokens", JSON, body);
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.header("Cache-Control")).isEqualTo("no-store");
        var token = made.json().path("token").textValue();

        assertThat(get(token, "/api/v1/apps/shop-web").status()).isEqualTo(200);
        assertThat(get(admin, "/api/v1/tokens").body())
                .contains("\"night\"")
                .doesNotContain(token.substring(16));
        assertThat(send(admin, "POST", "/api/v1/tokens", JSON, body).status()).isEqualTo(409);

        assertThat(send(admin, "DELETE", "/api/v1/tokens/night", "", "").status()).isEqualTo(200);
        assertThat(get(token, "/api/v1/apps/shop-web").status()).isEqualTo(401);
        assertThat(send(admin, "DELETE", "/api/v1/tokens/night", "", "").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\": \"a\", \"role\": \"root\"}",
                "{\"name\": \"a b\", \"role\": \"viewer\"}",
                "{\"name\": \"a\", \"role\": \"viewer\", \"apps\": []}",
                "{\"name\": \"a\", \"role\": \"viewer\", \"apps\": [\"Shop\"]}",
                "{\"name\": \"a\", \"role\": \"admin\", \"apps\": [\"shop-*\"]}",
                "{\"name\": \"a\", \"role\": \"viewer\", \"expiresAt\": \"2020-01-01T00:00:00Z\"}",
                "{\"name\": \"a\", \"role\": \"viewer\", \"expiresAt\": \"tomorrow\"}"
            })
    void makes_no_token_of_nonsense(String body) {
        assertThat(send(admin, "POST", "/api/v1/tokens", JSON, body).status()).isEqualTo(422);
    }

    @Test
    void an_expired_token_is_told_so() {
        var expired = server.give("old", Role.VIEWER, Scope.EVERYTHING, Instant.EPOCH);

        var answer = get(expired, "/api/v1/apps");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.json().path("detail").textValue()).contains("expired at 1970");
    }

    @Test
    void wrong_tokens_are_told_to_wait_and_right_ones_are_not() {
        for (var i = 0; i < 10; i++) {
            assertThat(get("x", "/api/v1/apps").status()).isEqualTo(401);
        }

        var answer = get("x", "/api/v1/apps");

        assertThat(answer.status()).isEqualTo(429);
        assertThat(Integer.parseInt(answer.header("Retry-After"))).isBetween(1, 60);
        assertThat(get(admin, "/api/v1/apps").status()).isEqualTo(200);
        assertThat(api.get("/api/v1/apps").status()).as("without a token").isEqualTo(401);
    }

    @Test
    void takes_only_a_proxys_word_for_an_address() {
        for (var i = 0; i < 11; i++) {
            spoofed(api, i);
        }
        assertThat(spoofed(api, 12).status()).isEqualTo(429);

        try (var behindProxy = new Served(new AccessRules(false, "s", Set.of("127.0.0.1")))) {
            for (var i = 0; i < 20; i++) {
                assertThat(spoofed(behindProxy, i).status()).isEqualTo(401);
            }
        }
    }

    private static Served.Answer spoofed(Served api, int i) {
        return api.send(
                "GET",
                "/api/v1/apps",
                "",
                "",
                "Authorization",
                "Bearer x",
                "X-Forwarded-For",
                "10.0.0.1, 10.0.1." + i);
    }

    @Test
    void nobody_uploads_who_may_not() {
        var large = "#".repeat(2 << 20);

        assertThat(api.send("POST", "/api/v1/apps", "application/yaml", large).status())
                .isEqualTo(401);
    }

    @Test
    void lets_no_other_origin_read() {
        var answer =
                api.send(
                        "GET",
                        "/api/v1/apps",
                        "",
                        "",
                        "Authorization",
                        "Bearer " + admin,
                        "Origin",
                        "https://evil.example");
        var preflight =
                api.send(
                        "OPTIONS",
                        "/api/v1/apps",
                        "",
                        "",
                        "Origin",
                        "https://evil.example",
                        "Access-Control-Request-Method",
                        "POST");

        assertThat(preflight.status()).isEqualTo(405);
        for (var answered : List.of(answer, preflight)) {
            assertThat(answered.response().headers().map().keySet())
                    .noneMatch(name ->
                            name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/health/live", "/api/v1/apps", "/nothing", "/openapi.yaml"})
    void every_answer_tells_browsers_what_not_to_do_with_it(String path) {
        var answer = api.get(path);

        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.header("Content-Security-Policy")).contains("frame-ancestors 'none'");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    }

    @Test
    void without_tokens_anybody_is_the_admin_but_no_page_of_others_acts() {
        try (var open = new Served()) {
            var session = open.get("/api/v1/session").json();
            assertThat(session.path("open").booleanValue()).isTrue();
            assertThat(session.path("role").textValue()).isEqualTo("admin");
            open.register("shop");

            var foreign =
                    open.send(
                            "POST",
                            "/api/v1/apps/shop/stop",
                            "",
                            "",
                            "Origin",
                            "https://evil.example");
            assertThat(foreign.status()).isEqualTo(403);
            assertThat(open.platform.snapshot().app("shop"))
                    .extracting(App::intent)
                    .isEqualTo(App.Intent.RUN);
        }
    }

    @Test
    void without_tokens_no_name_of_others_leads_here() throws IOException {
        try (var open = new Served();
                var socket = open.connect()) {
            socket.getOutputStream()
                    .write(
                            "GET /api/v1/apps HTTP/1.0\r\nHost: evil.example\r\n\r\n"
                                    .getBytes(US_ASCII));

            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .startsWith("HTTP/1.0 403")
                    .contains("was 'evil.example'");
        }
    }

    @Test
    void addresses_of_controllers_are_shown_only_to_those_who_see_all_apps() {
        api.platform.leader(
                new Leader(
                        "controller-2",
                        "http://127.0.0.1:8002",
                        new Term(7, new UUID(0, 1)),
                        Served.NOW));

        for (var path : List.of("/api/v1/cluster", "/api/v1/cluster/leader")) {
            var seen = get(admin, path).json().findValues("address");
            var hidden = get(deployer, path).json().findValues("address");

            assertThat(seen).isNotEmpty().allMatch(JsonNode::isTextual);
            assertThat(hidden).hasSameSizeAs(seen).allMatch(JsonNode::isNull);
        }
    }

    @Test
    void a_view_of_nothing_yet_lets_nobody_in() {
        api.platform.ready(false);

        assertThat(get(admin, "/api/v1/cluster").status()).isEqualTo(503);
        assertThat(api.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void revocation_is_an_event_without_the_secret() {
        server.take("ci");

        var last = api.platform.follow(0, _ -> {});
        last.close();
        var events = get(admin, "/api/v1/events?type=TokenRevoked").json().path("events");
        assertThat(events).hasSize(1);
        assertThat(events.toString()).doesNotContain("hash");
        assertThat(Event.Type.valueOf(events.get(0).path("type").textValue()))
                .isEqualTo(Event.Type.TokenRevoked);
    }
}
