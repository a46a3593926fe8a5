package io.autoserve.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.By;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionTest {
    @AutoClose private final TokenServer server = new TokenServer();
    private final Served api = server.api;
    private final String token =
            server.give("ann", Role.DEPLOYER, new Scope(List.of("shop", "shop-*")));

    @BeforeEach
    void register() {
        api.send(
                "POST",
                "/api/v1/apps",
                "application/yaml",
                Served.spec("shop", "shop:1"),
                "Authorization",
                "Bearer " + token);
    }

    private static Served.Answer begin(Served api, String token, String... headers) {
        var body = "{\"token\": \"%s\"}".formatted(token);
        return api.send("POST", "/api/v1/session", "application/json", body, headers);
    }

    private String cookie() {
        return begin(api, token).header("Set-Cookie").split(";", 2)[0];
    }

    private Served.Answer stop(String... headers) {
        return api.send(
                "POST",
                "/api/v1/apps/shop/stop",
                "",
                "",
                Stream.concat(Stream.of("Cookie", cookie()), Stream.of(headers))
                        .toArray(String[]::new));
    }

    private String home() {
        return "http://127.0.0.1:" + api.port();
    }

    @Test
    void a_token_is_exchanged_for_a_cookie_that_scripts_cannot_read_and_other_sites_cannot_send() {
        var answer = begin(api, token);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("actor").textValue()).isEqualTo("ann");
        assertThat(answer.header("Set-Cookie"))
                .startsWith("autoserve_session=")
                .contains("HTTPOnly", "SameSite=Strict", "Max-Age=43200", "Path=/")
                .doesNotContain("Secure")
                .doesNotContain(token.substring(16));
    }

    @Test
    void the_cookie_is_secure_where_a_proxy_of_ours_says_that_it_came_by_tls() {
        try (var behindProxy = new Served(new AccessRules(false, "s", Set.of("127.0.0.1")))) {
            behindProxy.platform.create(
                    server.platform().snapshot().tokens().values().iterator().next(),
                    By.actor("test"));

            assertThat(begin(behindProxy, token, "X-Forwarded-Proto", "https").header("Set-Cookie"))
                    .contains("Secure");
        }
        assertThat(begin(api, token, "X-Forwarded-Proto", "https").header("Set-Cookie"))
                .doesNotContain("Secure");
    }

    @Test
    void the_session_says_who_one_is() {
        var answer = api.send("GET", "/api/v1/session", "", "", "Cookie", cookie());

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("role").textValue()).isEqualTo("deployer");
        assertThat(answer.json().path("apps")).hasSize(2);
        assertThat(answer.json().path("open").booleanValue()).isFalse();
        assertThat(answer.json().path("expiresAt").textValue()).isNotEmpty();
        assertThat(api.get("/api/v1/session").status()).isEqualTo(401);
    }

    @Test
    void a_wrong_token_begins_no_session() {
        var answer = begin(api, token + "x");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header("Set-Cookie")).isEmpty();
    }

    @Test
    void the_session_ends_with_its_token() {
        var cookie = cookie();
        server.take("ann");

        assertThat(api.send("GET", "/api/v1/apps", "", "", "Cookie", cookie).status())
                .isEqualTo(401);
    }

    @Test
    void looks_with_the_cookie_alone_and_streams_too() throws IOException {
        assertThat(api.send("GET", "/api/v1/apps/shop", "", "", "Cookie", cookie()).status())
                .isEqualTo(200);
        assertThat(api.stream("/api/v1/events/stream", "Cookie", cookie()).readLine())
                .startsWith(":");
    }

    @Test
    void writes_only_from_a_page_of_ours() {
        assertThat(stop().status()).as("no header").isEqualTo(403);
        assertThat(stop("Origin", "https://evil.example").status()).isEqualTo(403);
        assertThat(stop("Origin", "http://127.0.0.1").status()).as("an app's page").isEqualTo(403);
        assertThat(stop("Origin", "null").status()).isEqualTo(403);
        assertThat(stop("Sec-Fetch-Site", "same-site").status()).isEqualTo(403);
        assertThat(api.platform.snapshot().app("shop"))
                .extracting(App::intent)
                .isEqualTo(App.Intent.RUN);

        assertThat(stop("Origin", home()).status()).isEqualTo(202);
        assertThat(stop("Sec-Fetch-Site", "same-origin").status()).isEqualTo(202);
        assertThat(stop("X-Autoserve-Actor", "dashboard").status()).isEqualTo(202);
    }

    @Test
    void opens_a_web_socket_only_from_a_page_of_ours() throws IOException {
        for (var origin : List.of("http://127.0.0.1", home())) {
            try (var socket = api.connect()) {
                var request =
                        "GET /api/v1/apps/shop HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nCookie: %s\r\nOrigin: %s\r\n\r\n"
                                .formatted(api.port(), cookie(), origin);
                socket.getOutputStream().write(request.getBytes(US_ASCII));
                assertThat(new String(socket.getInputStream().readNBytes(12), US_ASCII))
                        .endsWith(origin.equals(home()) ? "200" : "403");
            }
        }
    }

    @Test
    void ends_by_dropping_the_cookie() {
        var answer = api.send("DELETE", "/api/v1/session", "", "");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Set-Cookie"))
                .startsWith("autoserve_session=;")
                .contains("Max-Age=0");
    }
}
