package io.autoserve.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests quotas and the write rate of tokens, as clients of the API see them. */
class TokenQuotaTest {
    private static final Scope SHOPS = new Scope(List.of("shop-*"));

    @AutoClose private final TokenServer server = new TokenServer(() -> Served.NOW);
    private final Served api = server.api;
    private final String admin = server.give("root", Role.ADMIN, Scope.EVERYTHING);

    @Test
    void a_change_beyond_the_quota_is_a_conflict_also_in_a_dry_run() {
        var token = create("{\"instances\": 2}").json().path("token").textValue();

        assertThat(apply(token, "shop-web", "").status()).isEqualTo(201);
        for (var dryRun : List.of("?dryRun=true", "")) {
            var answer = apply(token, "shop-cart", dryRun);
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.json().path("detail").textValue())
                    .contains(
                            "the quota is 2 instances", "use 2 instances", "asks for 2 instances");
        }
        var scaled =
                send(
                        token,
                        "POST",
                        "/api/v1/apps/shop-web/scale",
                        "application/json",
                        "{\"replicas\": 5}");
        assertThat(scaled.status()).isEqualTo(409);
        assertThat(apply(admin, "shop-cart", "").status()).isEqualTo(201);
    }

    @Test
    void the_list_of_tokens_shows_the_quota_and_what_is_used() {
        create("{\"instances\": 20, \"memory\": \"2Gi\", \"cpu\": \"4\"}");
        apply(admin, "shop-web", "");

        var tokens = send(admin, "GET", "/api/v1/tokens", "", "").json().path("tokens");

        var limited = tokens.get(0);
        assertThat(limited.path("name").textValue()).isEqualTo("ci");
        assertThat(limited.at("/quota/instances").intValue()).isEqualTo(20);
        assertThat(limited.at("/quota/memory").textValue()).isEqualTo("2Gi");
        assertThat(limited.at("/quota/cpu").textValue()).isEqualTo("4");
        assertThat(limited.at("/used/instances").intValue()).isEqualTo(2);
        assertThat(tokens.get(1).path("quota").isNull()).isTrue();
        assertThat(tokens.get(1).path("used").isNull()).isTrue();
    }

    @Test
    void a_quota_that_is_no_amount_is_refused_with_its_place() {
        var answer = create("{\"memory\": \"much\"}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().at("/errors/0/pointer").textValue()).isEqualTo("/quota/memory");
    }

    @Test
    void a_token_that_changes_too_much_is_told_to_wait_and_an_admin_is_not() {
        var token = server.give("flood", Role.DEPLOYER, SHOPS);
        apply(admin, "shop-web", "");
        for (var i = 0; i < 50; i++) {
            assertThat(stop(token).status()).isEqualTo(202);
        }

        var answer = stop(token);

        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("Retry-After")).isEqualTo("1");
        assertThat(answer.json().path("type").textValue())
                .isEqualTo("urn:autoserve:problem:too-many-writes");
        assertThat(send(token, "GET", "/api/v1/apps", "", "").status()).isEqualTo(200);
        assertThat(stop(admin).status()).isEqualTo(202);
    }

    @Test
    void exec_and_port_forward_count_as_changes() throws IOException {
        var token = server.give("flood", Role.DEPLOYER, SHOPS);
        apply(admin, "shop-web", "");
        api.run("shop-web", 0, Health.READY);
        for (var i = 0; i < 25; i++) {
            assertThat(upgrade(token, "exec")).isEqualTo("HTTP/1.1 101");
            assertThat(upgrade(token, "forward?port=80")).isEqualTo("HTTP/1.1 101");
        }

        for (var path : List.of("exec", "forward?port=80")) {
            assertThat(upgrade(token, path)).isEqualTo("HTTP/1.1 429");
            var reason = send(token, "GET", "/api/v1/apps/shop-web/" + path, "", "");
            assertThat(reason.status()).isEqualTo(429);
            assertThat(reason.json().path("type").textValue())
                    .isEqualTo("urn:autoserve:problem:too-many-writes");
        }
        assertThat(upgrade(admin, "exec")).isEqualTo("HTTP/1.1 101");
    }

    /** Asks for a WebSocket. Returns the protocol and status of the answer. */
    private String upgrade(String token, String path) throws IOException {
        try (var socket = api.connect()) {
            var request =
                    """
                    GET /api/v1/apps/shop-web/%s HTTP/1.1
                    Host: localhost
                    Authorization: Bearer %s
                    Connection: Upgrade
                    Upgrade: websocket
                    Sec-WebSocket-Version: 13
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

                    """
                            .formatted(path, token);
            socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), US_ASCII);
        }
    }

    private Served.Answer stop(String token) {
        return send(token, "POST", "/api/v1/apps/shop-web/stop", "", "");
    }

    private Served.Answer create(String quota) {
        return send(
                admin,
                "POST",
                "/api/v1/tokens",
                "application/json",
                "{\"name\": \"ci\", \"role\": \"deployer\", \"apps\": [\"shop-*\"], \"quota\": "
                        + quota
                        + "}");
    }

    private Served.Answer apply(String token, String app, String query) {
        return send(
                token,
                "PUT",
                "/api/v1/apps/" + app + query,
                "application/yaml",
                Served.spec(app, "image:1"));
    }

    private Served.Answer send(String token, String method, String path, String type, String body) {
        return api.send(method, path, type, body, "Authorization", "Bearer " + token);
    }
}
