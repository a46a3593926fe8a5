package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which callers may set, limit, see and delete which secrets. */
class SecretPermissionsTest {
    @AutoClose private static final TokenServer SERVER = new TokenServer();
    private static final AtomicInteger FRESH = new AtomicInteger();
    private static final String ADMIN = SERVER.give("admin", Role.ADMIN, Scope.EVERYTHING);

    @BeforeEach
    void keepSecrets() {
        for (var apps : List.of("*", "shop-*", "shop-web", "blog")) {
            ask(ADMIN, "DELETE", name(apps));
            assertThat(ask(ADMIN, "PUT", name(apps) + "?apps=" + apps)).isEqualTo(201);
        }
    }

    @ParameterizedTest(name = "a {0} for {1} and a secret for {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # role    | apps        | secret   | sees  | set | delete
                    admin     | *           | *        | true  | 200 | 200
                    admin     | *           | shop-web | true  | 200 | 200
                    deployer  | *           | *        | true  | 403 | 403
                    deployer  | *           | shop-web | true  | 200 | 200
                    deployer  | shop-*      | *        | true  | 403 | 403
                    deployer  | shop-*      | shop-*   | true  | 200 | 200
                    deployer  | shop-*      | shop-web | true  | 200 | 200
                    deployer  | shop-*      | blog     | false | 403 | 404
                    deployer  | shop-web    | shop-*   | false | 403 | 404
                    deployer  | shop-*,blog | blog     | true  | 200 | 200
                    viewer    | *           | *        | false | 403 | 403
                    viewer    | *           | blog     | false | 403 | 403
                    """)
    void may_only_what_is_theirs(
            String role, String apps, String secret, boolean sees, int set, int delete) {
        var token =
                SERVER.give(
                        fresh(),
                        Role.valueOf(role.toUpperCase(Locale.ROOT)),
                        new Scope(List.of(apps.split(","))));
        var list = SERVER.api.send("GET", "/api/v1/secrets", "", "", bearer(token));

        assertThat(list.json().path("secrets").findValuesAsText("name").contains(name(secret)))
                .isEqualTo(sees);
        assertThat(ask(token, "PUT", name(secret))).isEqualTo(set);
        assertThat(ask(token, "DELETE", name(secret))).isEqualTo(delete);
    }

    @ParameterizedTest(name = "for {0}, limited to {1}: {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "nothing",
            textBlock =
                    """
                    shop-*      | nothing  | 201
                    shop-*      | shop-web | 201
                    shop-*      | shop-a*  | 201
                    shop-*      | shop*    | 403
                    shop-*      | *        | 403
                    shop-*      | blog     | 403
                    shop-*,blog | blog     | 201
                    *           | nothing  | 403
                    *           | blog     | 201
                    shop-*      | Blog     | 400
                    """)
    void a_deployer_makes_secrets_for_apps_of_theirs_alone(String apps, String limit, int status) {
        var scope = new Scope(List.of(apps.split(",")));
        var token = SERVER.give(fresh(), Role.DEPLOYER, scope);
        var query = limit == null ? "" : "?apps=" + limit;

        assertThat(ask(token, "PUT", fresh() + query)).isEqualTo(status);
    }

    @ParameterizedTest(name = "a {0} for {1} gives a secret for {2} to {3}: {4}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    admin     | *           | *        | blog     | 200
                    admin     | *           | blog     | *        | 200
                    deployer  | *           | *        | blog     | 403
                    deployer  | *           | blog     | shop-web | 200
                    deployer  | *           | blog     | *        | 403
                    deployer  | shop-*      | shop-*   | shop-web | 200
                    deployer  | shop-*      | shop-web | shop-*   | 200
                    deployer  | shop-*      | shop-web | shop*    | 403
                    deployer  | shop-*      | shop-web | blog     | 403
                    deployer  | shop-*      | blog     | shop-web | 404
                    deployer  | shop-web    | shop-*   | shop-web | 404
                    viewer    | *           | blog     | blog     | 403
                    """)
    void is_limited_by_who_keeps_it_before_and_after(
            String role, String apps, String secret, String limit, int status) {
        var token =
                SERVER.give(
                        fresh(),
                        Role.valueOf(role.toUpperCase(Locale.ROOT)),
                        new Scope(List.of(apps.split(","))));
        var path = "/api/v1/secrets/" + name(secret) + "/apps";
        var body = "{\"allowed\": [\"%s\"]}".formatted(limit);

        var answer = SERVER.api.send("PUT", path, "application/json", body, bearer(token));

        assertThat(answer.status()).isEqualTo(status);
        if (status == 200) {
            assertThat(answer.json().at("/allowed/0").asText()).isEqualTo(limit);
        }
    }

    @Test
    void a_refusal_says_who_may() {
        var shops = new Scope(List.of("shop-*"));
        var token = SERVER.give("night", Role.DEPLOYER, shops);
        var path = "/api/v1/secrets/" + name("blog");

        var refused = SERVER.api.send("PUT", path, "text/plain", "x", bearer(token));

        assertThat(refused.json().path("type").asText()).endsWith("forbidden");
        assertThat(refused.json().path("detail").asText())
                .isEqualTo("'night' may manage secrets only for the apps shop-*");
    }

    private static String fresh() {
        return "fresh-" + FRESH.incrementAndGet();
    }

    private static String name(String apps) {
        return "of-" + apps.replace("*", "all");
    }

    private static int ask(String token, String method, String secret) {
        var body = method.equals("PUT") ? "value" : "";
        var type = body.isEmpty() ? "" : "text/plain";
        return SERVER.api
                .send(method, "/api/v1/secrets/" + secret, type, body, bearer(token))
                .status();
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }
}
