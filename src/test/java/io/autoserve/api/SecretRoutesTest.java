package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls the API's routes for secrets. Clients can send values, but no answer contains them. */
class SecretRoutesTest {
    @AutoClose private final Served api = new Served();

    @Test
    void the_first_version_is_created_and_the_next_ones_change_it() {
        assertThat(put("db", "hunter2").status()).isEqualTo(201);

        var second = put("db", "hunter3");

        assertThat(second.status()).isEqualTo(200);
        assertThat(second.json().path("version").asInt()).isEqualTo(2);
        assertThat(api.get("/api/v1/secrets").json().at("/secrets/0/version").asInt()).isEqualTo(2);
    }

    @Test
    void no_answer_tells_the_value() {
        assertThat(put("db", "hunter2").body()).doesNotContain("hunter2");
        assertThat(api.get("/api/v1/secrets").body()).doesNotContain("hunter2");
    }

    @Test
    void a_value_that_is_json_is_as_good_as_any() {
        assertThat(put("db", "{\"password\": \"hunter2\"").status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hunter2\0"})
    void what_no_variable_could_hold_is_refused_without_being_told(String value) {
        var answer = put("db", value);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.body()).doesNotContain("hunter2");
    }

    @Test
    void a_value_may_not_be_longer_than_a_file_should_be() {
        assertThat(put("db", "x".repeat(1 << 16)).status()).isEqualTo(201);
        assertThat(put("db", "x".repeat((1 << 16) + 1)).status()).isEqualTo(422);
    }

    @Test
    void what_is_gone_cannot_be_deleted_again() {
        put("db", "hunter2");

        assertThat(api.send("DELETE", "/api/v1/secrets/db", "", "").status()).isEqualTo(200);
        assertThat(api.send("DELETE", "/api/v1/secrets/db", "", "").status()).isEqualTo(404);
    }

    private Served.Answer put(String name, String value) {
        return api.send("PUT", "/api/v1/secrets/" + name, "text/plain", value);
    }
}
