package io.autoserve.cli.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WhoamiTest {
    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void shows_the_token_and_what_it_permits() {
        answers(false);

        assertThat(session.run("whoami").out().replace(api.url(), "URL"))
                .isEqualTo(
                        """
                        API   URL
                        name  ci
                        role  deployer
                        apps  shop-*, blog
                        """);
    }

    @Test
    void says_that_authentication_is_off() {
        answers(true);

        assertThat(session.run("whoami").out())
                .contains("deployer (authentication is off, so every caller is an admin)");
    }

    private void answers(boolean open) {
        api.answers(
                "GET /api/v1/session",
                200,
                """
                {"actor":"ci","role":"deployer","apps":["shop-*","blog"],"open":%s,"expiresAt":null}
                """
                        .formatted(open));
    }
}
