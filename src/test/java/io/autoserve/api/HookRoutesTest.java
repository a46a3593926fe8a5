package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests hooks as their owners and the senders of reports use them. */
class HookRoutesTest {
    private static final Scope SHOPS = new Scope(List.of("shop-*"));
    private static final String SPEC =
            """
            # the shop
            apiVersion: v1
            kind: App
            metadata: {name: shop-web}
            spec:
              image: shop/web:1.4 # the image
              ports: [{containerPort: 8080}]
            """;

    @AutoClose private final TokenServer server = new TokenServer(() -> Served.NOW);
    private final String owner = server.give("ann", Role.DEPLOYER, SHOPS);

    @BeforeEach
    void registerApp() {
        assertThat(send(owner, "PUT", "/api/v1/apps/shop-web", "application/yaml", SPEC).status())
                .isEqualTo(201);
    }

    @Test
    void a_report_deploys_the_image_and_keeps_the_comments_of_the_spec() {
        var url = create();

        var answer = report(url, "{\"tag\": \"1.5\", \"actor\": \"alice\", \"commit\": \"1a2b\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("outcome").textValue()).isEqualTo("Deployed");
        assertThat(answer.json().path("revision").intValue()).isEqualTo(2);
        assertThat(server.platform().causes())
                .containsExactly("shop/web:1.5 by alice, commit 1a2b");
        assertThat(get(owner, "/api/v1/apps/shop-web/spec?raw=true").body())
                .isEqualTo(SPEC.replace("shop/web:1.4", "\"shop/web:1.5\""));
    }

    @Test
    void the_same_report_of_a_registry_counts_once() {
        var url = create();

        assertThat(report(url, dockerHub("1.5")).status()).isEqualTo(200);
        assertThat(report(url, dockerHub("1.5")).status()).isEqualTo(200);

        assertThat(server.platform().idempotentRequests())
                .hasSize(1)
                .allMatch(request -> request.key().startsWith("report-"))
                .allMatch(request -> request.asker().startsWith("hook-"));
    }

    @Test
    void a_report_that_is_not_for_the_app_changes_nothing() {
        var url = create();

        var other = report(url, "{\"image\": \"evil.example.com/miner:1\"}");
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.json().path("detail").textValue())
                .contains("the app runs images of 'shop/web'", "evil.example.com/miner");
        var tag = report(url + "&tags=v*", "{\"tag\": \"main\"}");
        assertThat(tag.json().path("outcome").textValue()).isEqualTo("Ignored");
        assertThat(report(url, "{\"zen\": \"yes\"}").json().path("outcome").textValue())
                .isEqualTo("Ignored");
        assertThat(report(url, "{\"hello\": 1}").status()).isEqualTo(422);
        assertThat(report(url, "{\"tag\": \"a\\\"\\nprivileged: true\"}").status()).isEqualTo(422);
        assertThat(get(owner, "/api/v1/apps/shop-web").json().path("revision").intValue())
                .isEqualTo(1);
    }

    @Test
    void a_hook_can_do_nothing_else() {
        var url = create();
        var token = url.substring(url.indexOf("as_"));

        assertThat(get(token, "/api/v1/apps/shop-web").status()).isEqualTo(403);
        assertThat(send(token, "POST", "/api/v1/apps/shop-web/stop", "", "").status())
                .isEqualTo(403);
        assertThat(report(url.replace("shop-web", "shop-cart"), "{\"tag\": \"1\"}").status())
                .isEqualTo(403);
    }

    @Test
    void other_tokens_must_not_be_part_of_a_url() {
        var answer = report("/api/v1/apps/shop-web/deploys?hook=" + owner, "{\"tag\": \"1.5\"}");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.json().path("detail").textValue())
                .contains("send the token in the Authorization header");
        assertThat(
                        send(
                                        owner,
                                        "POST",
                                        "/api/v1/apps/shop-web/deploys",
                                        "application/json",
                                        "{\"tag\": \"1.5\"}")
                                .status())
                .isEqualTo(200);
    }

    @Test
    void a_hook_is_listed_and_can_be_revoked() {
        var url = create();
        var id = url.substring(url.indexOf("as_") + 3, url.indexOf("as_") + 15);

        var listed = get(owner, "/api/v1/apps/shop-web/hooks").json().path("hooks");
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).path("id").textValue()).isEqualTo(id);
        assertThat(listed.get(0).path("createdBy").textValue()).isEqualTo("ann");
        var path = "/api/v1/apps/shop-web/hooks/";
        assertThat(send(owner, "DELETE", path + "x", "", "").status()).isEqualTo(404);
        assertThat(send(owner, "DELETE", path + id, "", "").status()).isEqualTo(200);
        assertThat(report(url, "{\"tag\": \"1.5\"}").status()).isEqualTo(401);
    }

    @Test
    void a_hook_deploys_five_times_at_once_and_then_waits() {
        var url = create();
        for (var i = 0; i < 5; i++) {
            assertThat(report(url, "{\"tag\": \"%d\"}".formatted(i)).status()).isEqualTo(200);
        }

        var refused = report(url, "{\"tag\": \"6\"}");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.header("Retry-After")).isNotEmpty();
    }

    @Test
    void reports_that_need_no_deploy_do_not_use_up_the_deploys_of_a_hook() {
        var url = create();
        for (var i = 0; i < 20; i++) {
            assertThat(report(url, "{\"zen\": \"yes\"}").status()).isEqualTo(200);
        }

        assertThat(report(url, "{\"tag\": \"1.5\"}").json().path("outcome").textValue())
                .isEqualTo("Deployed");
    }

    private static String dockerHub(String tag) {
        return """
        {
          "push_data": {"pushed_at": %d, "pusher": "alice", "tag": "%s"},
          "repository": {"repo_name": "shop/web"}
        }
        """
                .formatted(Served.NOW.getEpochSecond(), tag);
    }

    private String create() {
        var created = send(owner, "POST", "/api/v1/apps/shop-web/hooks", "", "");
        assertThat(created.status()).isEqualTo(201);
        return created.json().path("path").textValue();
    }

    private Served.Answer report(String url, String body) {
        return server.api.send("POST", url, "application/json", body);
    }

    private Served.Answer get(String token, String path) {
        return send(token, "GET", path, "", "");
    }

    private Served.Answer send(String token, String method, String path, String type, String body) {
        return server.api.send(method, path, type, body, "Authorization", "Bearer " + token);
    }
}
