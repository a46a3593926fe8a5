package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.autoserve.testing.DockerCommand.docker;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Uses the dashboard as an operator does, with the mouse, on a platform with real containers. */
class DashboardIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-shop").replicas(3);

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;
    @AutoClose private static final Browser browser = new Browser();

    @BeforeAll
    static void start() {
        api = platform.startController();
    }

    @AfterEach
    void nothingIsComplainedAbout() {
        var complaints = browser.forget();
        api.deleteAll();
        assertThat(complaints).isEmpty();
    }

    @Test
    void an_app_is_registered_and_its_instances_are_seen_to_become_ready() {
        var page = browser.open(api.root());

        page.getByText("Register an app").click();
        page.locator("#spec").fill(SHOP.yaml());
        press(page, "Preview");
        assertThat(page.getByText("Registers a new app")).isVisible();
        press(page, "Register");

        assertThat(page).hasTitle("e2e-shop · AutoServe");
        assertThat(dots(page)).hasAttribute("aria-label", "3 of 3 ready");
        assertThat(page.locator("h1 + .badge")).hasText("running");
        assertThat(page.locator(".instances tbody tr")).hasCount(3);
    }

    @Test
    void a_faulty_spec_is_told_every_fault_with_its_line_and_nothing_happens() {
        var page = browser.open(at("#/new"));
        browser.excuse(422);

        page.locator("#spec").fill(SHOP.yaml().replace("image:", "imgae:"));
        press(page, "Preview");

        assertThat(page.locator(".faults")).containsText("did you mean 'image'?");
        page.locator(".faults button").first().click();
        assertThat(page.locator("#spec")).isFocused();
        assertThat(api.get("/api/v1/apps/" + SHOP.name()).status()).isEqualTo(404);
    }

    @Test
    void scaling_is_one_number() {
        var page = openShop();

        page.getByLabel("Desired").fill("5");
        press(page, "Scale");

        assertThat(page.locator(".notice")).containsText("scaled to 5");
        assertThat(dots(page)).hasAttribute("aria-label", "5 of 5 ready");
    }

    @Test
    void a_killed_instance_is_seen_to_heal() {
        var page = openShop();

        docker("kill", "--signal", "KILL", "e2e-shop-1");

        page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("Events").setExact(true))
                .last()
                .click();
        assertThat(page.locator(".events .type.bad").first()).hasText("instance failed");
        page.getByText("Now", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(dots(page)).hasAttribute("aria-label", "3 of 3 ready");
    }

    @Test
    void a_new_version_is_previewed_applied_watched_and_taken_back() {
        var page = openShop();
        page.getByText("Spec", new Page.GetByTextOptions().setExact(true)).click();

        press(page, "Edit");
        var changed =
                SHOP.environment("GREETING", "hello")
                        .rollout("steps: [{weight: 50, holdSeconds: 600}]");
        page.locator("#spec").fill(changed.yaml());
        press(page, "Preview");
        assertThat(page.getByText("Creates revision 2")).isVisible();
        press(page, "Apply");

        page.getByText("Now", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator(".rollout [aria-current=step]")).hasText("50 % of the traffic");
        assertThat(page.locator(".rollout")).containsText("next step in");
        press(page, "Pause");
        assertThat(page.locator(".rollout")).containsText("paused");
        assertThat(Axe.violations(page)).isEmpty();
        press(page, "Roll back to revision 1");
        answer(page, "Roll back");
        assertThat(page.locator(".rollout")).hasCount(0);
        assertThat(page.locator("h1 + .badge")).hasText("running");

        page.getByText("Deployments", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator(".deployments")).containsText("has not served");
        assertThat(page.locator(".deployments")).containsText("revision 3 restores revision 1");
        page.getByText("Spec", new Page.GetByTextOptions().setExact(true)).click();
        page.getByLabel("Show").selectOption("2");
        page.getByLabel("compared with").selectOption("1");
        assertThat(page.locator(".diff .added").first()).containsText("GREETING");
    }

    @Test
    void what_ends_service_is_asked_for_twice() {
        var page = openShop();

        press(page, "Delete");
        assertThat(
                        page.locator("dialog")
                                .getByText("Delete", new Locator.GetByTextOptions().setExact(true)))
                .isDisabled();
        page.keyboard().press("Escape");
        assertThat(api.app(SHOP.name()).path("state").asText()).isEqualTo("Running");

        press(page, "Delete");
        browser.excuse(404); // the page may still request the app after its deletion
        page.locator("dialog input").fill(SHOP.name());
        answer(page, "Delete");

        assertThat(page.locator("main")).containsText("App e2e-shop does not exist");
    }

    @Test
    void logs_come_as_they_are_written_and_stay_text() {
        api.apply(
                DemoApp.named("e2e-talks")
                        .image("debian:trixie-slim")
                        .command("sh", "-c", "while :; do echo '<b>one</b>'; sleep 0.1; done"));
        var page = browser.open(at("#/apps/e2e-talks/logs"));

        assertThat(page.locator(".log .text").first()).hasText("<b>one</b>");
        assertThat(page.locator(".log .who").first()).hasText("e2e-talks-0");
        assertThat(page.locator(".log b")).hasCount(0);
        assertThat(page.locator(".log li").nth(3)).isVisible();
    }

    private Page openShop() {
        api.apply(SHOP);
        api.awaitReady(SHOP.name(), 3);
        var page = browser.open(at("#/apps/" + SHOP.name()));
        assertThat(dots(page)).hasAttribute("aria-label", "3 of 3 ready");
        return page;
    }

    private static URI at(String fragment) {
        return api.root().resolve("/" + fragment);
    }

    private static Locator dots(Page page) {
        return page.locator(".panel .dots").first();
    }

    private static void press(Page page, String button) {
        page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    private static void answer(Page page, String button) {
        page.locator("dialog")
                .getByRole(
                        AriaRole.BUTTON,
                        new Locator.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }
}
