package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class HookTest {
    private static final String HOOK =
            "\"id\":\"4k2m9x0q7wza\",\"createdBy\":\"ann\",\"createdAt\":\"2026-01-30T12:00:00Z\","
                    + "\"expiresAt\":null";
    private static final String PATH = "/api/v1/apps/shop/deploys?hook=as_4k2m9x0q7wza_secret";

    @AutoClose private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @Test
    void create_prints_only_the_url_to_standard_output() {
        api.answers(
                "POST /api/v1/apps/shop/hooks", 201, "{" + HOOK + ",\"path\":\"" + PATH + "\"}");

        var plain = session.run("hook", "create", "shop");
        var elsewhere =
                session.run(
                        "hook",
                        "create",
                        "shop",
                        "--tags",
                        "v*",
                        "--public-url",
                        "https://deploy.example.com/");

        assertThat(plain.out()).isEqualTo(api.url() + PATH + "\n");
        assertThat(plain.err())
                .isEqualTo("Created hook 4k2m9x0q7wza of shop. Its URL is shown only once:\n");
        assertThat(elsewhere.out()).isEqualTo("https://deploy.example.com" + PATH + "&tags=v*\n");
        assertThat(api.requests()).allMatch(request -> request.key().equals("null"));
    }

    @Test
    void an_address_that_no_sender_could_call_creates_no_hook() {
        assertThat(session.run("hook", "create", "shop", "--tags", "v***").err())
                .contains("--tags must be 1 to 128 of", "was 'v***'");
        assertThat(session.run("hook", "create", "shop", "--public-url", "api.example.com").err())
                .contains("--public-url must be like https://api.example.com");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void lists_and_revokes_hooks() {
        api.answers("GET /api/v1/apps/shop/hooks", 200, "{\"hooks\":[{" + HOOK + "}]}")
                .answers("DELETE /api/v1/apps/shop/hooks/4k2m9x0q7wza", 200, "{" + HOOK + "}");

        assertThat(session.run("hook", "list", "shop").out())
                .containsPattern("4k2m9x0q7wza +ann +1d +never");
        assertThat(session.run("hook", "revoke", "shop", "4k2m9x0q7wza").out())
                .isEqualTo("Hook 4k2m9x0q7wza is revoked\n");
    }
}
