package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Rights;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Checks what the audit learns of requests, and from whom it believes the client's address. */
class AuditNotesTest {
    private static final Scope SHOPS = new Scope(List.of("shop-*"));

    @AutoClose private final TokenServer server = new TokenServer();
    private final Served api = server.api;
    private final String deployer = server.give("ci", Role.DEPLOYER, SHOPS);
    private final String admin = server.give("root", Role.ADMIN, Scope.EVERYTHING);

    private Served.Answer send(String token, String method, String path) {
        return api.send(method, path, "", "", "Authorization", "Bearer " + token);
    }

    private List<AuditEntry> noted() {
        return api.platform.audit().noted();
    }

    @Test
    void a_refusal_is_noted_with_its_actor_address_app_and_reason() {
        send(deployer, "POST", "/api/v1/apps/blog/stop");

        assertThat(noted())
                .singleElement()
                .satisfies(entry -> {
                    assertThat(entry.actor()).isEqualTo("ci");
                    assertThat(entry.address()).isEqualTo("127.0.0.1");
                    assertThat(entry.action()).isEqualTo("stopApp");
                    assertThat(entry.app()).isEqualTo("blog");
                    assertThat(entry.outcome()).isEqualTo(AuditOutcome.REFUSED);
                    assertThat(entry.reason()).startsWith("403: not permitted for this app");
                });
    }

    @Test
    void a_refusal_by_role_and_a_conflict_are_noted_too() {
        send(deployer, "GET", "/api/v1/tokens");
        api.send(
                "POST",
                "/api/v1/apps",
                "application/yaml",
                Served.spec("shop-web", "shop:1"),
                "Authorization",
                "Bearer " + deployer);
        api.send(
                "POST",
                "/api/v1/apps",
                "application/yaml",
                Served.spec("shop-web", "shop:1"),
                "Authorization",
                "Bearer " + deployer);

        assertThat(noted())
                .extracting(AuditEntry::action, AuditEntry::actor)
                .containsExactly(tuple("listTokens", "ci"), tuple("registerApp", "ci"));
        assertThat(noted().getLast().reason()).startsWith("409: ");
    }

    @Test
    void a_refusal_names_the_secret_the_host_the_node_or_the_receiver() {
        send(deployer, "POST", "/api/v1/nodes/here/drain");

        assertThat(noted().getLast().reason()).startsWith("403: ").endsWith("(node 'here')");
        send(deployer, "DELETE", "/api/v1/receivers/team");
        assertThat(noted().getLast().reason()).endsWith("(receiver 'team')");
    }

    @Test
    void a_stranger_is_noted_without_a_name_and_the_token_that_was_shown_never() {
        var wrong = deployer.substring(0, 20) + "x".repeat(deployer.length() - 20);
        send(wrong, "POST", "/api/v1/apps/shop-web/stop");
        send(wrong, "POST", "/api/v1/apps/" + wrong + "/stop");
        api.send("DELETE", "/api/v1/tokens/" + wrong, "", "");

        assertThat(noted()).hasSize(3).allMatch(entry -> entry.actor() == null);
        assertThat(noted().toString()).doesNotContain(wrong).doesNotContain(wrong.substring(16));
    }

    @Test
    void logins_are_noted_whether_they_succeed_or_not() {
        for (var token : List.of(deployer, "nonsense")) {
            api.send(
                    "POST",
                    "/api/v1/session",
                    "application/json",
                    "{\"token\": \"%s\"}".formatted(token));
        }

        assertThat(noted())
                .extracting(AuditEntry::action, AuditEntry::actor, AuditEntry::outcome)
                .containsExactly(
                        tuple("beginSession", "ci", AuditOutcome.ALLOWED),
                        tuple("beginSession", null, AuditOutcome.REFUSED));
    }

    @Test
    void what_was_permitted_and_the_question_who_one_is_are_not_noted() {
        send(admin, "GET", "/api/v1/apps");
        send(deployer, "GET", "/api/v1/apps/shop-missing");
        api.get("/api/v1/session");

        assertThat(noted()).isEmpty();
    }

    @Test
    void only_the_load_balancer_is_believed_about_the_address() {
        api.send("GET", "/api/v1/apps", "", "", "X-Forwarded-For", "198.51.100.1");
        assertThat(noted().getLast().address()).isEqualTo("127.0.0.1");

        try (var behind = new Served(new AccessRules(false, "s", Set.of("127.0.0.1")))) {
            behind.send("GET", "/api/v1/apps", "", "", "X-Forwarded-For", "10.9.9.9, 198.51.100.1");
            assertThat(behind.platform.audit().noted())
                    .singleElement()
                    .extracting(AuditEntry::address)
                    .isEqualTo("198.51.100.1");
        }
    }

    @Test
    void an_admin_reads_the_audit_by_outcome() {
        send(deployer, "POST", "/api/v1/apps/blog/stop");

        var refused = send(admin, "GET", "/api/v1/audit?outcome=refused");

        assertThat(refused.json().path("entries")).hasSize(1);
        assertThat(refused.json().path("entries").get(0).path("outcome").textValue())
                .isEqualTo("refused");
        assertThat(send(admin, "GET", "/api/v1/audit?outcome=allowed").json().path("entries"))
                .isEmpty();
        assertThat(send(deployer, "GET", "/api/v1/audit").status()).isEqualTo(403);
    }

    @Test
    void the_author_of_a_write_carries_the_address() {
        var by = new By("ci", null, Rights.ALL, "198.51.100.1");

        assertThat(by.part("a").address()).isEqualTo("198.51.100.1");
    }
}
