package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.ServedRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestReadsTest {
    @AutoClose private final Served api = new Served();

    @Test
    void a_request_names_its_instance_and_the_reason() {
        api.register("shop");
        api.run("shop", 0, Health.READY);
        api.platform.served(
                "shop",
                request(7, 502, "broken", "172.20.0.9:8080", "172.20.0.2:9000"),
                request(8, 200, null, "172.20.0.9:8080"),
                request(9, 429, "too many"));

        var requests = api.get("/api/v1/apps/shop/requests").json().path("requests");

        assertThat(requests.get(0))
                .hasToString(
                        """
                        {"id":7,"at":"%s","client":"203.0.113.9","host":"shop.test","method":"GET","path":"/a",\
                        "status":502,"seconds":0.25,"bytes":120,"instance":"shop-0","tries":2,"reason":"broken"}\
                        """
                                .formatted(Served.NOW));
        assertThat(requests.get(1).path("instance").asText()).isEqualTo("172.20.0.9:8080");
        assertThat(requests.get(1).path("reason").isNull()).isTrue();
        assertThat(requests.get(2).path("instance").isNull()).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                   | 1 2 3 4
                    ?limit=2             | 3 4
                    ?status=5xx          | 2 4
                    ?status=404          | 3
                    ?after=2             | 3 4
                    ?status=5xx&limit=1  | 4
                    """)
    void the_last_requests_are_selected(String query, String ids) {
        api.register("shop");
        api.platform.served(
                "shop",
                request(1, 200, null),
                request(2, 500, null),
                request(3, 404, null),
                request(4, 503, null));

        assertThat(
                        api.get("/api/v1/apps/shop/requests" + query)
                                .json()
                                .path("requests")
                                .findValuesAsText("id"))
                .isEqualTo(List.of(ids.split(" ", -1)));
    }

    @Test
    void without_an_answer_of_nginx_the_requests_are_unavailable() {
        api.register("shop");
        api.platform.trouble(new IllegalStateException("nginx is not running"));

        var answer = api.get("/api/v1/apps/shop/requests");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json().path("detail").asText()).contains("nginx does not answer");
    }

    private static ServedRequest request(
            long id, int status, @Nullable String reason, String... tries) {
        return new ServedRequest(
                id,
                Served.NOW,
                "203.0.113.9",
                "shop.test",
                "GET",
                "/a",
                status,
                0.25,
                120,
                List.of(tries),
                reason);
    }
}
