package io.autoserve.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class TokenCommandTest {
    private static final String TOKEN =
            """
            {"id": "a1b2c3d4e5f6", "name": "ci", "role": "deployer", "apps": ["shop-*"],
             "domains": ["shop.example.com", "*.shop.example.com"], "createdBy": "ann",
             "createdAt": "2026-01-01T00:00:00Z", "expiresAt": null, "expired": false, "token": "as_secret"}
            """;

    @AutoClose private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @Test
    void a_token_is_limited_to_domains() {
        api.answers("POST /api/v1/tokens", 201, TOKEN);

        var said =
                session.run(
                        "token",
                        "create",
                        "ci",
                        "--role",
                        "deployer",
                        "--domains",
                        "shop.example.com,*.shop.example.com");

        assertThat(said.out()).isEqualTo("as_secret\n");
        assertThat(said.err())
                .contains("apps shop-*, domains shop.example.com, *.shop.example.com");
        assertThat(api.requests().getLast().body())
                .contains("\"domains\":[\"shop.example.com\",\"*.shop.example.com\"]");
    }

    @Test
    void a_token_without_domains_is_for_all_of_them() {
        api.answers("POST /api/v1/tokens", 201, TOKEN);

        session.run("token", "create", "ci", "--role", "deployer");

        assertThat(api.requests().getLast().body()).doesNotContain("domains");
    }

    @Test
    void the_list_shows_the_domains() {
        api.answers("GET /api/v1/tokens", 200, "{\"tokens\": [%s]}".formatted(TOKEN));

        assertThat(session.run("token", "list").out())
                .contains("DOMAINS")
                .contains("shop.example.com, *.shop.example.com");
    }
}
