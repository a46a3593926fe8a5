package io.autoserve.cli.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class NotifyTest {
    private static final String TEAM =
            "{\"name\":\"team\",\"kind\":\"Slack\",\"host\":\"chat.example.com\","
                    + "\"topics\":[\"rolled-back\"],\"apps\":[\"*\"],\"failures\":2,"
                    + "\"trouble\":\"away\"}";

    @AutoClose private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @Test
    void a_webhook_gets_a_key_that_only_standard_output_shows() {
        api.answers("PUT /api/v1/receivers/team", 200, TEAM);

        var said =
                session.run(
                        "notify",
                        "add",
                        "team",
                        "--webhook",
                        "https://example.com/in",
                        "--on",
                        "rolled-back,certificate",
                        "--app",
                        "shop-*");

        var body = api.requests().getFirst().body();
        assertThat(said.out()).matches("whsec_[A-Za-z0-9+/]{43}=\n");
        assertThat(body)
                .contains("\"kind\":\"Webhook\"", "\"url\":\"https://example.com/in\"")
                .contains("\"topics\":[\"rolled-back\",\"certificate\"]", "\"apps\":[\"shop-*\"]")
                .contains("\"secret\":\"" + said.out().strip() + "\"");
        assertThat(said.err()).doesNotContain("whsec_");
    }

    @Test
    void a_chat_gets_no_key() {
        api.answers("PUT /api/v1/receivers/team", 200, TEAM);

        var said = session.run("notify", "add", "team", "--slack", "https://chat.example.com/x");

        assertThat(said.out()).isEmpty();
        assertThat(api.requests().getFirst().body())
                .contains("\"kind\":\"Slack\"")
                .doesNotContain("secret", "deployed");
    }

    @Test
    void e_mail_needs_a_server_and_a_sender() {
        api.answers("PUT /api/v1/receivers/team", 200, TEAM);
        var server = "smtps://ann:secret@mail.example.com";

        var incomplete = session.run("notify", "add", "team", "--email", "ops@example.com");
        session.run(
                "notify",
                "add",
                "team",
                "--email",
                "ops@example.com",
                "--from",
                "auto@example.com",
                "--smtp",
                server);

        assertThat(incomplete.err()).contains("--email needs --smtp and --from");
        assertThat(api.requests())
                .singleElement()
                .extracting(LoopbackApi.Request::body)
                .asString()
                .contains("\"kind\":\"Email\"", "\"url\":\"" + server + "\"")
                .contains("\"to\":\"ops@example.com\"", "\"from\":\"auto@example.com\"")
                .doesNotContain("whsec_");
    }

    @Test
    void a_url_that_is_a_secret_comes_from_standard_input() {
        api.answers("PUT /api/v1/receivers/team", 200, TEAM);

        session.typing("https://chat.example.com/x\n").run("notify", "add", "team", "--slack", "-");

        assertThat(api.requests().getFirst().body())
                .contains("\"kind\":\"Slack\"", "\"url\":\"https://chat.example.com/x\"");
    }

    @Test
    void the_password_of_a_mail_server_comes_from_standard_input() {
        api.answers("PUT /api/v1/receivers/team", 200, TEAM);
        String[] command = {
            "notify",
            "add",
            "team",
            "--email",
            "ops@example.com",
            "--from",
            "auto@example.com",
            "--smtp",
            "smtps://ann@mail.example.com"
        };

        var without = session.run(command);
        session.typing("a b/@:%\n").run(command);

        assertThat(without.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(without.err()).contains("--smtp: the password is empty");
        assertThat(api.requests())
                .singleElement()
                .extracting(LoopbackApi.Request::body)
                .asString()
                .contains("\"url\":\"smtps://ann:a%20b%2F%40%3A%25@mail.example.com\"");
    }

    @Test
    void nothing_is_sent_without_one_destination_or_with_an_unknown_topic() {
        assertThat(session.run("notify", "add", "team").exit()).isEqualTo(Exit.USAGE.code());
        assertThat(
                        session.run(
                                        "notify",
                                        "add",
                                        "team",
                                        "--slack",
                                        "https://a.example",
                                        "--on",
                                        "crash")
                                .err())
                .contains("--on: 'crash' is no topic: use deployed, rolled-back");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void shows_which_receiver_fails() {
        api.answers("GET /api/v1/receivers", 200, "{\"receivers\":[" + TEAM + "]}")
                .answers(
                        "POST /api/v1/receivers/team/test",
                        200,
                        "{\"delivered\":false,\"trouble\":\"away\"}");

        assertThat(session.run("notify", "list").out()).contains("chat.example.com", "away");
        var test = session.run("notify", "test", "team");
        assertThat(test.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(test.err()).contains("receiver 'team' did not accept the notification: away");
    }
}
