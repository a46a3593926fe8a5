package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.DomainScope;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which answers a token gets that asks for hosts of others. */
class HostAccessTest {
    @AutoClose private final TokenServer server = new TokenServer();
    private final String admin = server.give("root", Role.ADMIN, Scope.EVERYTHING);
    private final String evil = server.give("evil", Role.DEPLOYER, new Scope(List.of("sec-evil*")));
    private final String limited =
            server.giveDomains(
                    "limited",
                    Role.DEPLOYER,
                    Scope.EVERYTHING,
                    new DomainScope(List.of("*.example.org")));

    @BeforeEach
    void registerTheOwner() {
        assertThat(put(admin, "shop", "", "*.example.com", "/").status()).isEqualTo(201);
    }

    @ParameterizedTest(name = "{0} {1}{2}: {3}")
    @CsvSource({
        "evil,    a.example.com,   /,      409",
        "evil,    *.example.com,   /login, 409",
        "evil,    *.a.example.com, /,      409",
        "evil,    example.com,     /,      201",
        "limited, a.example.com,   /,      403",
        "limited, example.org,     /,      403",
        "limited, a.example.org,   /,      201",
        "root,    a.example.com,   /,      201",
        "root,    127.0.0.1,       /,      422",
        "root,    '*.com',         /,      422",
    })
    void a_host_of_others_is_refused(String token, String host, String path, int status) {
        var text =
                switch (token) {
                    case "evil" -> evil;
                    case "limited" -> limited;
                    default -> admin;
                };

        var tried = put(text, "sec-evil-1", "?dryRun=true", host, path);
        var answer = put(text, "sec-evil-1", "", host, path);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(tried.status()).isEqualTo(status == 201 ? 200 : status);
        if (status != 201) {
            var error = answer.json().path("errors").path(0);
            assertThat(error.path("pointer").textValue()).isEqualTo("/spec/routing/domains/0");
            assertThat(error.path("message").textValue()).contains("'" + host + "'");
            assertThat(answer.body()).doesNotContain("shop");
            assertThat(tried.json().path("errors")).isEqualTo(answer.json().path("errors"));
        }
    }

    @Test
    void a_token_that_covers_the_owner_may_add_a_path() {
        var both = server.give("both", Role.DEPLOYER, new Scope(List.of("shop", "docs")));

        assertThat(put(both, "docs", "", "*.example.com", "/docs").status()).isEqualTo(201);
    }

    @Test
    void a_conflict_names_the_other_app_to_a_token_that_covers_it() {
        var tried = put(admin, "blog", "?dryRun=true", "*.example.com", "/");
        var answer = put(admin, "blog", "", "*.example.com", "/");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.json().path("errors").path(0).path("message").textValue())
                .startsWith("'*.example.com' is routed to app 'shop' already");
        assertThat(tried.status()).isEqualTo(409);
        assertThat(tried.json().path("errors")).isEqualTo(answer.json().path("errors"));
    }

    @Test
    void tokens_are_created_and_listed_with_their_domains() {
        var body =
                """
                {"name": "ci", "role": "deployer", "domains": ["shop.example.com", "*.shop.example.com"]}
                """;

        var made = send(admin, "POST", "/api/v1/tokens", "application/json", body);

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.json().path("domains"))
                .extracting(domain -> domain.textValue())
                .containsExactly("shop.example.com", "*.shop.example.com");
        assertThat(send(admin, "GET", "/api/v1/tokens", "", "").body())
                .contains("\"domains\":[\"shop.example.com\",\"*.shop.example.com\"]")
                .contains("\"domains\":[\"*\"]");
        var token = made.json().path("token").textValue();
        assertThat(put(token, "blog", "", "blog.example.net", "/").status()).isEqualTo(403);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "deployer | []",
                "deployer | [\"Shop.example.com\"]",
                "deployer | [\"shop.*.com\"]",
                "deployer | [\"**\"]",
                "deployer | [\"https://shop.example.com\"]",
                "admin    | [\"shop.example.com\"]",
            })
    void no_token_is_made_with_domains_that_are_none(String role, String domains) {
        var body = "{\"name\": \"ci\", \"role\": \"%s\", \"domains\": %s}".formatted(role, domains);

        assertThat(send(admin, "POST", "/api/v1/tokens", "application/json", body).status())
                .isEqualTo(422);
    }

    private Served.Answer put(String token, String app, String query, String host, String path) {
        var spec =
                Served.spec(app, "image:1")
                        + "  routing: {domains: ['%s'], pathPrefix: %s}\n".formatted(host, path);
        return send(token, "PUT", "/api/v1/apps/" + app + query, "application/yaml", spec);
    }

    private Served.Answer send(String token, String method, String path, String type, String body) {
        return server.api.send(method, path, type, body, "Authorization", "Bearer " + token);
    }
}
