package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.Leader;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.spec.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiServerTest {
    @AutoClose private final Served api = new Served();

    @Test
    void registers_an_app_and_says_where_it_is() {
        var answer =
                api.send("POST", "/api/v1/apps", "application/yaml", Served.spec("shop", "shop:1"));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.header("Location")).isEqualTo("/api/v1/apps/shop");
        assertThat(answer.json().path("name").textValue()).isEqualTo("shop");
        assertThat(answer.json().path("state").textValue()).isEqualTo("Starting");
        assertThat(api.get("/api/v1/apps/shop").status()).isEqualTo(200);
    }

    @Test
    void a_request_without_a_host_is_the_askers_fault() throws IOException {
        try (var socket = api.connect()) {
            var request = "GET /api/v1/apps HTTP/1.1\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 400").contains("one Host header is required");
        }
    }

    @Test
    void takes_a_spec_in_json_too() {
        var json =
                """
                {"apiVersion": "v1", "kind": "App", "metadata": {"name": "shop"},
                 "spec": {"type": "http", "image": "shop:1", "ports": [{"containerPort": 80}]}}
                """;

        assertThat(api.send("POST", "/api/v1/apps", "application/json", json).status())
                .isEqualTo(201);
    }

    @Test
    void refuses_to_register_twice() {
        api.register("shop");

        var answer = api.send("POST", "/api/v1/apps", "text/yaml", Served.spec("shop", "shop:2"));

        assertThat(answer.status()).isEqualTo(409);
        assertThat(api.get("/api/v1/apps/shop").json().path("image").textValue())
                .isEqualTo("shop:1");
    }

    @Test
    void does_nothing_that_the_load_balancer_gave_up_on() {
        var answer =
                api.send(
                        "PUT",
                        "/api/v1/apps/shop",
                        "application/yaml",
                        Served.spec("shop", "shop:1"),
                        "X-Request-Deadline",
                        "1700000000000");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(api.get("/api/v1/apps/shop").status()).isEqualTo(404);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "the same again, /api/v1/apps/shop/scale, 2, 202",
        "quoted or not, /api/v1/apps/shop/scale, 2, 202",
        "another body, /api/v1/apps/shop/scale, 3, 422",
        "another path, /api/v1/apps/other/scale, 2, 422",
    })
    void a_key_is_of_one_request(String what, String path, int replicas, int status) {
        api.register("shop");
        assertThat(scale("/api/v1/apps/shop/scale", 2, "\"one\"").status()).isEqualTo(202);

        var key = what.startsWith("quoted") ? "one" : "\"one\"";
        assertThat(scale(path, replicas, key).status()).isEqualTo(status);

        assertThat(api.platform.idempotentRequests())
                .singleElement()
                .satisfies(idempotentRequest -> {
                    assertThat(idempotentRequest.asker()).isEqualTo("api");
                    assertThat(idempotentRequest.key()).isEqualTo("one");
                    assertThat(idempotentRequest.asked()).isEqualTo("2099-01-01T00:00:00Z");
                });
    }

    private Served.Answer scale(String path, int replicas, String key) {
        return api.send(
                "POST",
                path,
                "application/json",
                "{\"replicas\": %d}".formatted(replicas),
                "Idempotency-Key",
                key,
                "X-Request-Deadline",
                "4070908800000");
    }

    @Test
    void applies_a_spec_and_says_what_that_changed() {
        assertThat(apply("shop:1").status()).isEqualTo(201);

        var again = apply("shop:1");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().path("outcome").textValue()).isEqualTo("Unchanged");

        var changed = apply("shop:2");
        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.json().path("outcome").textValue()).isEqualTo("Changed");
        assertThat(changed.json().path("revision").intValue()).isEqualTo(2);
        assertThat(changed.json().path("image").textValue()).isEqualTo("shop:2");
    }

    @Test
    void applies_nothing_that_would_undo_a_later_revision() {
        apply("shop:1");
        assertThat(apply("shop:2", "?from=1").status()).isEqualTo(200);

        var late = apply("shop:3", "?from=1");

        assertThat(late.status()).isEqualTo(409);
        assertThat(late.json().path("detail").textValue())
                .contains("at revision 2, but your change is based on revision 1");
        assertThat(apply("shop:2", "?from=1").json().path("outcome").textValue())
                .as("repeated by a client that lost the answer")
                .isEqualTo("Unchanged");
        assertThat(apply("shop:3", "?from=2").json().path("revision").intValue()).isEqualTo(3);
    }

    private Served.Answer apply(String image) {
        return apply(image, "");
    }

    private Served.Answer apply(String image, String query) {
        return api.send(
                "PUT", "/api/v1/apps/shop" + query, "application/yaml", Served.spec("shop", image));
    }

    @Test
    void refuses_to_apply_a_spec_under_another_name() {
        var answer =
                api.send(
                        "PUT",
                        "/api/v1/apps/market",
                        "application/yaml",
                        Served.spec("shop", "shop:1"));

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().at("/errors/0/pointer").textValue()).isEqualTo("/metadata/name");
        assertThat(api.platform.snapshot().apps()).isEmpty();
    }

    @Test
    void names_every_fault_of_a_spec_with_its_line_and_stores_nothing() {
        var answer =
                api.send(
                        "POST",
                        "/api/v1/apps",
                        "application/yaml",
                        """
                        apiVersion: v1
                        kind: App
                        metadata:
                          name: Shop
                        spec:
                          type: http
                          image: [shop]
                          ports: [{containerPort: 8080}]
                        """);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("errors"))
                .extracting(e -> e.path("pointer").textValue() + " " + e.path("line").intValue())
                .contains("/metadata/name 4", "/spec/image 7");
        assertThat(api.platform.snapshot().apps()).isEmpty();
    }

    @Test
    void shows_an_app_with_its_instances() {
        api.register("shop");
        api.run("shop", 0, Health.READY);

        var app = api.get("/api/v1/apps/shop").json();

        assertThat(app.path("state").textValue()).isEqualTo("Running");
        assertThat(app.path("replicas").toString())
                .isEqualTo("{\"desired\":1,\"current\":1,\"ready\":1}");
        assertThat(app.path("instances").get(0).toString())
                .isEqualTo(
                        """
                        {"name":"shop-0","containerId":"c0ffee0","address":"172.20.0.2","port":8080,\
                        "state":"Running","health":"Ready","reason":"the container is running","revision":1,\
                        "startedAt":"2026-01-01T00:00:00Z","readySince":"2026-01-01T00:00:00Z",\
                        "retryAt":null,"restarts":0}\
                        """);
    }

    @Test
    void answers_that_nothing_changed_to_who_has_the_latest() {
        api.register("shop");
        var tag = api.get("/api/v1/apps/shop").header("ETag");

        var unchanged = api.send("GET", "/api/v1/apps/shop", "", "", "If-None-Match", tag);
        api.run("shop", 0, Health.READY);
        var changed = api.send("GET", "/api/v1/apps/shop", "", "", "If-None-Match", tag);

        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(changed.status()).isEqualTo(200);
    }

    @Test
    void shows_which_hosts_of_an_app_are_not_served() {
        api.register("shop");
        api.register("blog");
        api.platform.conflicts("blog", "a.com/ is not served: another app already has it");

        assertThat(api.get("/api/v1/apps/blog").json().path("conflicts"))
                .extracting(it -> it.asText())
                .containsExactly("a.com/ is not served: another app already has it");
        var list = api.get("/api/v1/apps").json().path("apps");
        assertThat(list.findValues("conflicts")).extracting(it -> it.size()).containsExactly(1, 0);
    }

    @Test
    void lists_apps() {
        api.register("shop");
        api.register("blog");

        var list = api.get("/api/v1/apps").json();

        assertThat(list.path("apps"))
                .extracting(app -> app.path("name").textValue())
                .containsExactly("blog", "shop");
        assertThat(list.path("seq").longValue()).isEqualTo(2);
    }

    @Test
    void scales_stops_starts_restarts_and_deletes() {
        api.register("shop");

        var scaled =
                api.send(
                        "POST", "/api/v1/apps/shop/scale", "application/json", "{\"replicas\": 5}");
        assertThat(scaled.status()).isEqualTo(202);
        assertThat(scaled.json().at("/replicas/desired").intValue()).isEqualTo(5);
        assertThat(api.post("/api/v1/apps/shop/stop").json().path("state").textValue())
                .isEqualTo("Stopped");
        assertThat(api.post("/api/v1/apps/shop/start").json().path("state").textValue())
                .isEqualTo("Starting");
        assertThat(api.post("/api/v1/apps/shop/restart").status()).isEqualTo(202);
        assertThat(api.send("DELETE", "/api/v1/apps/shop", "", "").json().path("state").textValue())
                .isEqualTo("Deleting");
    }

    @Test
    void shows_the_spec_as_understood_and_as_written() {
        api.register("shop");

        var understood = api.get("/api/v1/apps/shop/spec").json();
        var written = api.get("/api/v1/apps/shop/spec?raw=true");

        assertThat(understood.at("/rollout/maxSurge").intValue()).isEqualTo(1);
        assertThat(written.body()).isEqualTo(Served.spec("shop", "shop:1"));
    }

    @Test
    void shows_logs_of_all_instances_by_time() {
        api.register("shop");
        api.run("shop", 1, Health.READY);
        api.run("shop", 0, Health.READY);

        assertThat(api.get("/api/v1/apps/shop/logs").json().path("lines"))
                .extracting(line -> line.path("text").textValue())
                .containsExactly("hello from shop-0", "hello from shop-1");
        assertThat(api.get("/api/v1/apps/shop/logs?instance=shop-1&tail=5").json().path("lines"))
                .hasSize(1);
        assertThat(api.get("/api/v1/apps/shop/logs?instance=shop-7").status()).isEqualTo(404);
    }

    @Test
    void shows_what_a_failed_instance_wrote() {
        api.register("shop");

        assertThat(api.get("/api/v1/apps/shop/logs?previous=true").json().path("lines"))
                .extracting(line -> line.path("text").textValue())
                .containsExactly("no database", "giving up");
        assertThat(api.get("/api/v1/apps/shop/logs?previous=true&tail=1").json().path("lines"))
                .extracting(line -> line.path("stream").textValue())
                .containsExactly("stderr");
        assertThat(
                        api.get(
                                        "/api/v1/apps/shop/logs?previous=true&since=2026-01-01T00:00:01Z"
                                                + "&instance=shop-0")
                                .json()
                                .path("lines"))
                .hasSize(1);
        assertThat(
                        api.get("/api/v1/apps/shop/logs?previous=true&instance=shop-1")
                                .json()
                                .path("lines"))
                .isEmpty();
    }

    @Test
    void tells_whether_an_app_serves() {
        api.register("shop");
        api.run("shop", 0, Health.NOT_READY);

        var health = api.get("/api/v1/apps/shop/health").json();

        assertThat(health.path("healthy").booleanValue()).isFalse();
        assertThat(health.path("state").textValue()).isEqualTo("Degraded");
    }

    @Test
    void tells_what_happened() {
        api.register("shop");
        api.register("blog");
        api.run("shop", 0, Health.READY);

        assertThat(api.get("/api/v1/events?limit=2").json().path("events"))
                .extracting(event -> event.path("seq").longValue())
                .containsExactly(2L, 3L);
        assertThat(api.get("/api/v1/events?after=0&limit=1").json().path("events"))
                .extracting(event -> event.path("seq").longValue())
                .containsExactly(1L);
        assertThat(api.get("/api/v1/apps/shop/events?type=InstanceReady").json().path("events"))
                .extracting(event -> event.path("instance").textValue())
                .containsExactly("shop-0");
    }

    @Test
    void events_carry_who_asked() {
        api.send(
                "PUT",
                "/api/v1/apps/shop",
                "application/yaml",
                Served.spec("shop", "shop:1"),
                "X-Autoserve-Actor",
                "ann@example.com");

        assertThat(api.get("/api/v1/events").json().at("/events/0/actor").textValue())
                .isEqualTo("ann@example.com");
    }

    @Test
    void tells_who_leads() {
        assertThat(api.get("/api/v1/cluster").json().path("leader").isNull()).isTrue();

        api.platform.leader(
                new Leader(
                        "controller-2",
                        "http://127.0.0.1:8002",
                        new Term(7, new UUID(0, 1)),
                        Served.NOW));

        var cluster = api.get("/api/v1/cluster").json();
        assertThat(cluster.path("leader").textValue()).isEqualTo("controller-2");
        assertThat(cluster.path("term").longValue()).isEqualTo(7);
        assertThat(cluster.at("/self/role").textValue()).isEqualTo("follower");
        assertThat(api.get("/api/v1/cluster/leader").json())
                .isEqualTo(
                        Json.MAPPER
                                .createObjectNode()
                                .put("name", "controller-2")
                                .put("address", "http://127.0.0.1:8002")
                                .put("term", 7)
                                .put("since", Served.NOW.toString()));
    }

    @Test
    void tells_how_the_cluster_is() {
        assertThat(api.get("/api/v1/cluster/leader").status()).isEqualTo(503);

        var health = api.get("/api/v1/cluster/health").json();
        assertThat(health.path("healthy").booleanValue()).isFalse();
        assertThat(health.at("/problems/0").textValue()).contains("no controller");
        assertThat(health.at("/views/0/verdict").textValue()).isEqualTo("Agrees");
    }

    @Test
    void answers_nothing_from_a_view_that_has_not_caught_up() {
        api.register("shop");
        api.platform.ready(false);

        var answer = api.get("/api/v1/apps/shop");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isEqualTo("1");
        assertThat(api.get("/health/ready").status()).isEqualTo(503);
        assertThat(api.get("/health/live").status()).isEqualTo(200);
        assertThat(api.get("/api/v1/cluster").status()).isEqualTo(200);
    }

    @Test
    void
            is_not_ready_once_it_is_cut_off_for_longer_than_a_failover_takes_but_answers_all_the_same() {
        api.register("shop");
        api.platform.silence(Duration.ofSeconds(29));
        assertThat(api.get("/health/ready").status()).isEqualTo(200);

        api.platform.silence(Duration.ofSeconds(31));

        var ready = api.get("/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.body()).contains("has not answered this controller for 31 s");
        assertThat(api.get("/health").json().at("/checks/0/detail").asText())
                .contains("its view may be outdated");
        assertThat(api.get("/health/live").status()).isEqualTo(200);
        assertThat(api.get("/api/v1/apps/shop").status()).isEqualTo(200);
    }

    @Test
    void a_failed_check_of_the_machine_degrades_its_health_but_not_its_readiness() {
        api.platform.machine(new Check("certificates", false, "nginx expires in 3 days"));

        var health = api.get("/health");

        assertThat(health.status()).isEqualTo(200);
        assertThat(health.json().path("status").asText()).isEqualTo("degraded");
        assertThat(health.body()).contains("nginx expires in 3 days");
        assertThat(api.get("/health/ready").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/openapi.yaml",
                "/api/v1/schemas/app.v1.json",
                "/metrics",
                "/health/live",
                "/health/ready"
            })
    void serves_documents_and_signs_of_life(String path) {
        assertThat(api.get(path).status()).isEqualTo(200);
        assertThat(api.get(path).body()).isNotBlank();
    }

    @ParameterizedTest(name = "{0} {1} ({2}): {4}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET    | /api/v1/apps/market              |                  |                 | 404 | app 'market' does not exist
                    GET    | /api/v1/apps/market/events       |                  |                 | 404 | app 'market' does not exist
                    POST   | /api/v1/apps/market/start        |                  |                 | 404 | app 'market' does not exist
                    GET    | /nowhere                         |                  |                 | 404 | no resource exists at /nowhere
                    PATCH  | /api/v1/apps/shop                |                  |                 | 405 | PATCH is not allowed on /api/v1/apps/shop: use
                    GET    | /api/v1/apps/Shop                |                  |                 | 400 | DNS label
                    GET    | /api/v1/apps/a%00b               |                  |                 | 400 | DNS label
                    GET    | /api/v1/apps?limit=1             |                  |                 | 400 | unknown query parameter limit
                    GET    | /api/v1/events?limit=0           |                  |                 | 400 | whole number from 1 to 1000
                    GET    | /api/v1/events?limit=1&limit=2   |                  |                 | 400 | given twice
                    GET    | /api/v1/events?since=yesterday   |                  |                 | 400 | must be a time
                    GET    | /api/v1/events?type=Explosion    |                  |                 | 400 | must be one of
                    GET    | /api/v1/apps/shop/spec?raw=maybe |                  |                 | 400 | true or false
                    PUT    | /api/v1/apps/shop?dryRun=maybe   | application/yaml | a: b            | 400 | true or false
                    POST   | /api/v1/apps/shop/rollout/pause  |                  |                 | 409 | app 'shop' has no rollout in progress
                    POST   | /api/v1/apps/shop/rollout/undo?to=9 |               |                 | 409 | has no revision 9
                    POST   | /api/v1/apps/shop/rollout/undo   | application/json | {"revision":9}  | 400 | undoRollout takes no body: send none, and use the query parameter ?to=
                    GET    | /api/v1/events                   | application/json | {"limit":9}     | 400 | listEvents takes no body: send none, and use the query parameters ?app=, ?type=
                    POST   | /api/v1/apps/shop/stop           | text/plain       | now             | 400 | stopApp takes no body: send none
                    DELETE | /api/v1/apps/shop                | application/json | {}              | 400 | deleteApp takes no body
                    POST   | /api/v1/apps                     | text/plain       | a: b            | 415 | Content-Type must be
                    POST   | /api/v1/apps                     |                  | a: b            | 415 | Content-Type must be
                    POST   | /api/v1/apps                     | application/yaml | a: [            | 422 |
                    POST   | /api/v1/apps                     | application/json | {"a":           | 422 |
                    POST   | /api/v1/apps/shop/scale          | application/json | {"replicas":-1} | 422 | 0
                    POST   | /api/v1/apps/shop/scale          | application/json | {"replica":1}   | 422 | 2 errors
                    POST   | /api/v1/apps/shop/scale          | application/json | {"replicas":1}1 | 422 | must be JSON: more text follows
                    POST   | /api/v1/apps/shop/scale          | application/json | {"replicas":1,"replicas":2} | 422 | replicas is given twice: keep one
                    POST   | /api/v1/apps/shop/scale          | application/json | {"replicas":1,"replicas":{}} | 422 | replicas is given twice: keep one
                    POST   | /api/v1/apps/shop/scale          | application/json | {"replicas":    | 422 | must be JSON: it ends too early
                    POST   | /api/v1/apps/shop/scale          | application/json |                 | 422 | must be
                    """)
    void says_what_is_wrong(
            String method, String path, String type, String body, int status, String detail) {
        api.register("shop");

        var answer = api.send(method, path, type == null ? "" : type, body == null ? "" : body);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.json().path("status").intValue()).isEqualTo(status);
        assertThat(answer.body())
                .contains(detail == null ? "" : detail)
                .doesNotContain("ObjectNode", "jackson", "StreamReadFeature");
    }

    @Test
    void says_which_methods_are_possible() {
        assertThat(api.send("PATCH", "/api/v1/apps/shop", "", "").header("Allow"))
                .isEqualTo("DELETE, GET, HEAD, PUT");
    }

    @Test
    void answers_head_as_get_but_without_a_body() {
        api.register("shop");

        var answer = api.send("HEAD", "/api/v1/apps/shop", "", "");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("ETag")).isNotBlank();
        assertThat(answer.body()).isEmpty();
        assertThat(api.send("HEAD", "/api/v1/apps/market", "", "").status()).isEqualTo(404);
    }

    @Test
    void refuses_a_body_of_more_than_a_mebibyte() {
        var body = "#".repeat((1 << 20) + 1);

        var answer = api.send("POST", "/api/v1/apps", "application/yaml", body);

        assertThat(answer.status()).isEqualTo(413);
    }

    @Test
    void passes_the_request_id_on_and_makes_one_where_it_is_missing_or_odd() {
        var given = api.send("GET", "/nowhere", "", "", "X-Request-Id", "abc-1");
        var odd = api.send("GET", "/nowhere", "", "", "X-Request-Id", "a b");

        assertThat(given.header("X-Request-Id")).isEqualTo("abc-1");
        assertThat(given.json().path("instance").textValue())
                .isEqualTo("urn:autoserve:request:abc-1");
        assertThat(odd.header("X-Request-Id")).matches("[0-9a-f]{16}");
    }

    @Test
    void says_when_the_platform_cannot_act() {
        api.platform.trouble(Refusal.unavailable("the database is away"));

        var answer = api.post("/api/v1/apps/shop/start");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("Retry-After")).isEqualTo("1");
    }

    @Test
    void keeps_its_own_faults_to_itself() {
        api.platform.trouble(new IllegalStateException("password=secret"));

        var answer = api.post("/api/v1/apps/shop/start");

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).doesNotContain("secret");
    }
}
