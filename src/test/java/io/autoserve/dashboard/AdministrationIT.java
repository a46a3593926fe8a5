package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByLabelOptions;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.testing.Fixtures;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the pages of secrets, domains, tokens and the audit, and which tokens may open them. */
class AdministrationIT {
    @AutoClose private static final FakeController controller = FakeController.withTokens();
    @AutoClose private static final Browser browser = new Browser();
    private static String admin;

    @BeforeAll
    static void fill() {
        controller.register("shop", "shop:1");
        admin = give("ann", Role.ADMIN, "*");
        var audit = controller.platform().audit();
        audit.note(entry("ann", "SecretSet", AuditOutcome.ALLOWED, "the secret db is set"));
        audit.note(entry("eve", "deleteApp", AuditOutcome.REFUSED, "the role viewer is too low"));
    }

    private static AuditEntry entry(
            String actor, String action, AuditOutcome outcome, String reason) {
        return new AuditEntry(
                1, Fixtures.NOON, actor, "10.1.1.1", action, "shop", outcome, reason, 1);
    }

    private static String give(String name, Role role, String apps) {
        return controller.tokens().give(name, role, new Scope(List.of(apps)), null);
    }

    @AfterEach
    void close() {
        browser.forget();
    }

    @ParameterizedTest(name = "{0} for {1}")
    @CsvSource({
        "VIEWER,   *,      ''",
        "DEPLOYER, shop-*, 'Secrets'",
        "DEPLOYER, *,      'Secrets,Domains'",
        "ADMIN,    *,      'Secrets,Domains,Tokens,Notifications,Audit'",
    })
    void only_pages_that_the_token_may_open_are_offered(Role role, String apps, String offered) {
        var token = give(role.name() + apps.length(), role, apps);
        var page = signedIn(token, "");
        for (var title : List.of("Secrets", "Domains", "Tokens", "Notifications", "Audit")) {
            assertThat(pages(page).getByText(title, exactly()))
                    .hasCount(offered.contains(title) ? 1 : 0);
        }

        page.navigate(controller.address().resolve("/#/tokens").toString());
        assertThat(page.locator("main"))
                .containsText(
                        role == Role.ADMIN
                                ? "Create a token"
                                : "The page of tokens requires the role admin");
    }

    @Test
    void a_secret_is_set_and_deleted_and_its_value_is_not_shown() {
        var page = signedIn(admin, "#/secrets");
        assertThat(page.locator("main")).containsText("No secrets yet");

        label(page, "Name").fill("db-password");
        label(page, "Value").fill("line one\nline two");
        label(page, "Apps that may use it").fill("shop-*, blog");
        button(page, "Set").click();

        assertThat(page.locator(".notice.good")).containsText("The secret db-password is set");
        assertThat(row(page, "db-password")).containsText("shop-*, blog");
        assertThat(label(page, "Value")).hasValue("");
        assertThat(page.locator("body")).not().containsText("line one");

        button(page, "Delete db-password").click();
        page.locator("dialog input").fill("db-password");
        page.locator("dialog button.danger").click();
        assertThat(page.locator("main")).containsText("No secrets yet");
    }

    @Test
    void a_page_without_data_shows_why_it_has_none() {
        var page = signedIn(admin, "");
        page.route(
                "**/api/v1/secrets",
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setStatus(503)
                                        .setContentType("application/problem+json")
                                        .setBody("{\"detail\": \"the database is away\"}")));
        page.navigate(controller.address().resolve("/#/secrets").toString());

        assertThat(page.locator(".trouble")).containsText("the database is away");
    }

    @Test
    void a_form_is_emptied_even_if_the_list_cannot_be_read_again() {
        var page = signedIn(admin, "#/secrets");
        assertThat(page.locator("main")).containsText("Set a secret");
        page.route("**/api/v1/secrets", Route::abort);

        label(page, "Name").fill("api-key");
        label(page, "Value").fill("hidden");
        button(page, "Set").click();

        assertThat(page.locator(".notice.good")).containsText("The secret api-key is set");
        assertThat(label(page, "Value")).hasValue("");
        page.unroute("**/api/v1/secrets");
        button(page, "Delete api-key").click();
        page.locator("dialog input").fill("api-key");
        page.locator("dialog button.danger").click();
        assertThat(row(page, "api-key")).hasCount(0);
    }

    @Test
    void a_domain_is_added_with_its_certificate_and_removed() {
        var page = signedIn(admin, "#/domains");
        assertThat(page.locator("main")).containsText("No domains yet");

        label(page, "Host").fill("shop.example.com");
        page.getByText("Redirect HTTP requests to HTTPS").click();
        button(page, "Add").click();
        assertThat(row(page, "shop.example.com")).containsText("being ordered");
        assertThat(row(page, "shop.example.com")).containsText("redirected to HTTPS");

        page.locator("label:has-text('Certificate') select").selectOption("uploaded");
        assertThat(label(page, "Private key in PEM")).isVisible();

        button(page, "Remove shop.example.com").click();
        page.locator("dialog input").fill("shop.example.com");
        page.locator("dialog button.danger").click();
        assertThat(page.locator("main")).containsText("No domains yet");
    }

    @Test
    void a_new_token_is_shown_once_and_can_be_revoked() {
        var page = signedIn(admin, "#/tokens");
        page.setViewportSize(390, 400);

        label(page, "Name").fill("ci");
        label(page, "Role").selectOption("deployer");
        label(page, "Apps").fill("shop-*");
        button(page, "Create").click();
        assertThat(page.locator(".token")).containsText("as_");
        assertThat(page.locator(".token")).isInViewport();
        assertThat(row(page, "ci")).containsText("shop-*");
        button(page, "Done").click();
        assertThat(page.locator(".token")).hasCount(0);

        button(page, "Revoke ci").click();
        page.locator("dialog input").fill("ci");
        page.locator("dialog button.danger").click();
        assertThat(row(page, "ci")).hasCount(0);
    }

    @Test
    void a_receiver_is_added_tested_and_removed_and_its_url_is_not_shown() {
        var page = signedIn(admin, "#/notifications");
        assertThat(page.locator("main")).containsText("Nobody is notified yet");

        label(page, "Name").fill("team");
        label(page, "URL of the chat").fill("https://chat.example.com/hooks/secret");
        button(page, "Add").click();
        assertThat(row(page, "team")).containsText("chat.example.com");
        assertThat(row(page, "team")).containsText("rolled-back");
        assertThat(page.locator("body")).not().containsText("hooks/secret");

        button(page, "Test team").click();
        assertThat(page.locator(".notice.good").last())
                .containsText("team accepted a notification");

        button(page, "Remove team").click();
        page.locator("dialog button.danger").click();
        assertThat(page.locator("main")).containsText("Nobody is notified yet");
    }

    @Test
    void a_refused_form_keeps_its_content_and_shows_the_reason() {
        var page = signedIn(admin, "#/tokens");

        label(page, "Name").fill("ann");
        button(page, "Create").click();

        assertThat(page.locator(".notice.bad")).containsText("token 'ann' already exists");
        assertThat(label(page, "Name")).hasValue("ann");
    }

    @Test
    void the_audit_shows_what_was_refused_and_keeps_its_filter() {
        var page = signedIn(admin, "#/audit");
        assertThat(page.locator("main")).containsText("the secret db is set");

        page.getByLabel("Outcome").selectOption("refused");
        assertThat(page.locator("main")).containsText("the role viewer is too low");
        assertThat(page.locator("main")).not().containsText("the secret db is set");
        assertThat(page.locator("main")).containsText("10.1.1.1");

        page.reload();
        assertThat(page.locator("main")).containsText("the role viewer is too low");
        assertThat(page.locator("main")).not().containsText("the secret db is set");
    }

    private static Page signedIn(String token, String fragment) {
        var page = browser.open(controller.address().resolve("/" + fragment));
        page.getByLabel("Token").fill(token);
        button(page, "Sign in").click();
        assertThat(page.locator(".link")).containsText("live");
        return page;
    }

    private static Locator pages(Page page) {
        return page.locator("nav[aria-label=Pages]");
    }

    private static Locator.GetByTextOptions exactly() {
        return new Locator.GetByTextOptions().setExact(true);
    }

    private static Locator label(Page page, String text) {
        return page.getByLabel(text, new GetByLabelOptions().setExact(true));
    }

    private static Locator row(Page page, String name) {
        return page.locator("tbody tr:has(th:text-is('%s'))".formatted(name));
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }
}
