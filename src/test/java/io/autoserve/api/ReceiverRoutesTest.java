package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiverRoutesTest {
    private static final String PATH = "/api/v1/receivers/team";
    private static final String URL = "https://hooks.example.com/services/secret";

    @AutoClose private final Served api = new Served();

    @Test
    void a_receiver_is_set_listed_tested_and_removed_and_no_answer_has_its_url() {
        var set = put("{\"kind\":\"Slack\",\"url\":\"%s\",\"topics\":[\"routes\"]}".formatted(URL));

        assertThat(set.status()).isEqualTo(200);
        assertThat(set.json().path("host").textValue()).isEqualTo("hooks.example.com");
        assertThat(set.json().at("/topics/0").textValue()).isEqualTo("routes");
        var list = api.get("/api/v1/receivers");
        assertThat(list.json().at("/receivers/0")).isEqualTo(set.json());
        assertThat(list.body() + set.body()).doesNotContain("services");
        assertThat(api.post(PATH + "/test").json().path("delivered").booleanValue()).isTrue();
        assertThat(api.send("DELETE", PATH, "", "").status()).isEqualTo(200);
        assertThat(api.post(PATH + "/test").status()).isEqualTo(404);
    }

    @Test
    void e_mail_has_a_server_a_recipient_and_a_sender_and_no_answer_has_its_password() {
        var set =
                put(
                        "{\"kind\":\"Email\",\"url\":\"smtps://ann:secret@mail.example.com\","
                                + "\"to\":\"ops@example.com\",\"from\":\"auto@example.com\","
                                + "\"topics\":[\"routes\"]}");

        assertThat(set.status()).isEqualTo(200);
        assertThat(set.json().path("kind").textValue()).isEqualTo("Email");
        assertThat(set.json().path("host").textValue()).isEqualTo("mail.example.com");
        assertThat(set.body() + api.get("/api/v1/receivers").body()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kind\":\"Email\",\"url\":\"smtps://a.b\",\"to\":\"a@b.c\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Email\",\"url\":\"https://a.b\",\"to\":\"a@b.c\",\"from\":\"a@b.c\","
                        + "\"topics\":[\"routes\"]}",
                "{\"kind\":\"Email\",\"url\":\"smtp://a.b\",\"to\":\"a@b.c\\r\\nDATA\","
                        + "\"from\":\"a@b.c\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Slack\",\"url\":\"https://a.b\",\"to\":\"a@b.c\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Slack\",\"url\":\"file:///etc/passwd\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Slack\",\"url\":\"https://\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Slack\",\"url\":\"https://a:b@example.com\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Slack\",\"url\":\"https://example.com:65536\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Slack\",\"url\":\"https://example.com\",\"topics\":[]}",
                "{\"kind\":\"Slack\",\"url\":\"https://example.com\",\"topics\":[\"all\"]}",
                "{\"kind\":\"Mail\",\"url\":\"https://example.com\",\"topics\":[\"routes\"]}",
                "{\"kind\":\"Webhook\",\"url\":\"https://example.com\",\"topics\":[\"routes\"],"
                        + "\"secret\":\"short\"}",
                "{\"kind\":\"Webhook\",\"url\":\"https://example.com\",\"topics\":[\"routes\"],"
                        + "\"secret\":\"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"
            })
    void an_invalid_receiver_is_refused(String body) {
        assertThat(put(body).status()).isEqualTo(422);
    }

    @Test
    void a_number_that_is_too_large_is_refused_with_its_place() {
        var answer = put("{\"kind\":1e999,\"url\":\"%s\",\"topics\":[\"routes\"]}".formatted(URL));
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().at("/errors/0/pointer").textValue()).isEqualTo("/kind");
    }

    private Served.Answer put(String body) {
        return api.send("PUT", PATH, "application/json", body);
    }
}
