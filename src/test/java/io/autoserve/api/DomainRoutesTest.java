package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls the API's routes for domains, which are hosts with TLS. */
class DomainRoutesTest {
    @AutoClose private final Served api = new Served();

    @Test
    void a_domain_is_set_listed_and_removed() {
        assertThat(put("shop.example.com", "{\"acme\": true}").json().path("source").asText())
                .isEqualTo("Acme");
        var uploaded = put("*.example.com", "{\"certificate\": \"c\", \"key\": \"hunter2\"}");

        assertThat(uploaded.json().path("source").asText()).isEqualTo("Uploaded");
        assertThat(uploaded.body()).doesNotContain("hunter2");
        assertThat(api.get("/api/v1/domains").json().path("domains")).hasSize(2);
        assertThat(delete("shop.example.com").status()).isEqualTo(200);
        assertThat(delete("shop.example.com").status()).isEqualTo(404);
    }

    @Test
    void no_wildcard_is_ordered() {
        var answer = put("*.example.com", "{\"acme\": true}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().at("/errors/0/pointer").asText()).isEqualTo("/acme");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"acme\": false}",
                "{\"certificate\": \"c\"}",
                "{\"acme\": true, \"certificate\": \"c\", \"key\": \"hunter2\"}",
                "{\"certificate\": \"c\", \"key\": [\"hunter2\"]}"
            })
    void it_is_either_ordered_or_sent(String body) {
        var answer = put("shop.example.com", body);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.body()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Shop.example.com", "a..b", "-a", "*", "a.*.b", "a:443"})
    void what_is_no_host_is_refused(String host) {
        assertThat(put(host, "{\"acme\": true}").status()).isEqualTo(400);
    }

    private Served.Answer put(String host, String body) {
        return api.send("PUT", "/api/v1/domains/" + host, "application/json", body);
    }

    private Served.Answer delete(String host) {
        return api.send("DELETE", "/api/v1/domains/" + host, "", "");
    }
}
