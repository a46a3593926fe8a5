package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import io.autoserve.model.App;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.testing.EventReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Signs in to a platform with authentication enabled. */
class SignInIT {
    @AutoClose private static final Browser browser = new Browser();

    @AutoClose private FakeController controller;

    @BeforeEach
    void start() {
        controller = FakeController.withTokens();
        controller.register("shop-web", "shop:1");
        controller.register("blog", "blog:1");
        controller.run("shop-web", 0, true, "answers");
    }

    @AfterEach
    void stop() {
        browser.forget();
    }

    @Test
    void nobody_sees_anything_before_they_have_signed_in() {
        var page = open("#/apps/shop-web");

        assertThat(page).hasTitle("Sign in · AutoServe");
        assertThat(page.getByLabel("Token")).isFocused();
        assertThat(page.locator("nav a, .link, .panel")).hasCount(0);
    }

    @Test
    void a_wrong_token_is_refused_and_the_right_one_opens_what_was_asked_for() {
        var token = give("ann", Role.DEPLOYER, "*");
        var page = open("#/apps/shop-web");

        signIn(page, token + "x");
        assertThat(page.locator(".notice.bad")).containsText("The token is invalid");
        signIn(page, token);

        assertThat(page).hasTitle("shop-web · AutoServe");
        assertThat(page.locator(".link")).containsText("live");
        assertThat(page.locator(".user")).containsText("ann");
        assertThat(page.locator(".notice")).hasCount(0);
    }

    @Test
    void the_session_outlives_the_page_until_one_signs_out() {
        var page = signedIn(give("ann", Role.ADMIN, "*"), "");

        page.reload();
        assertThat(page.locator(".user")).containsText("ann");
        button(page, "Sign out").click();

        assertThat(page.getByLabel("Token")).isVisible();
        page.reload();
        assertThat(page.getByLabel("Token")).isVisible();
    }

    @Test
    void a_viewer_sees_everything_and_nothing_that_changes_it() {
        var page = signedIn(give("eve", Role.VIEWER, "*"), "");
        assertThat(page.locator(".apps tbody tr")).hasCount(2);
        assertThat(page.getByText("Register an app")).hasCount(0);

        openShop(page);
        assertThat(page.locator(".instances tbody tr")).hasCount(1);
        assertThat(page.locator(".heading button, form button")).hasCount(0);
        page.getByText("Spec", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(page.locator(".diff")).containsText("image");
        assertThat(page.locator("main button")).hasCount(0);
        page.navigate(controller.address().resolve("/#/new").toString());
        assertThat(page.locator("main")).containsText("requires the role deployer");
    }

    @Test
    void a_deployer_sees_and_changes_what_is_theirs() {
        var page = signedIn(give("ann", Role.DEPLOYER, "shop-*"), "");
        assertThat(page.locator(".apps tbody tr")).hasCount(1);

        openShop(page);
        page.getByLabel("Desired").fill("3");
        button(page, "Scale").click();

        assertThat(page.locator(".notice.good")).containsText("scaled to 3");
        assertThat(controller.platform().snapshot().app("shop-web"))
                .extracting(App::replicas)
                .isEqualTo(3);
        assertThat(page.locator(".dots").first()).hasAttribute("aria-label", "1 of 3 ready");
    }

    @Test
    void a_revoked_token_ends_the_session_under_way_and_says_why() {
        var page = signedIn(give("ann", Role.ADMIN, "*"), "#/apps/shop-web");
        page.keyboard().press("Control+k");
        page.keyboard().type("shop-web");
        assertThat(page.locator("dialog")).containsText("shop-web");

        controller.tokens().take("ann");

        assertThat(page.getByLabel("Token")).isVisible();
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(page.locator(".notice.bad")).containsText("You were signed out");
        assertThat(page.locator(".panel, .link, .user")).hasCount(0);
    }

    @Test
    void whoever_was_signed_out_asks_for_nothing_more() {
        var token = give("ann", Role.ADMIN, "*");
        var page = open("");
        page.clock().install();
        page.navigate(controller.address().resolve("/?again#/apps/shop-web").toString());
        signIn(page, token);
        assertThat(page.locator(".link")).containsText("live");
        controller.tokens().take("ann");
        assertThat(page.getByLabel("Token")).isVisible();

        var asked = new ArrayList<String>();
        page.onRequest(request -> asked.add(request.url()));
        page.clock().runFor(Duration.ofMinutes(1).toMillis());

        assertThat(asked).isEmpty();
    }

    @Test
    void a_session_runs_out_and_whoever_comes_next_sees_only_what_they_may() {
        var page = signedIn(give("ann", Role.ADMIN, "*"), "");

        controller.letPass(Duration.ofHours(13));

        assertThat(page.locator(".notice.bad"))
                .containsText("the session has expired: sign in again");
        signIn(page, give("bob", Role.VIEWER, "shop-*"));

        assertThat(page.locator(".user")).containsText("bob");
        assertThat(page.locator(".apps tbody tr")).hasCount(1);
        assertThat(page.locator(".events")).not().containsText("blog");
    }

    @Test
    void a_page_beyond_the_limit_of_streams_says_so_and_is_live_once_another_is_closed() {
        try (var full = FakeController.withStreams(1)) {
            full.register("shop-web", "shop:1");
            var token = full.tokens().give("ann", Role.ADMIN, new Scope(List.of("*")), null);
            var page = browser.open(full.address());
            try (var _ = EventReader.open(full.address(), "", "Authorization", "Bearer " + token)) {
                signIn(page, token);

                assertThat(page.locator(".link")).containsText("not live");
                assertThat(page.locator(".notice.bad")).containsText("its limit of 1 open streams");
                assertThat(page.locator(".apps tbody tr")).hasCount(1);
            }
            assertThat(page.locator(".link.live")).isVisible();
        }
    }

    private String give(String name, Role role, String apps) {
        return controller.tokens().give(name, role, new Scope(List.of(apps)), null);
    }

    private Page open(String fragment) {
        return browser.open(controller.address().resolve("/" + fragment));
    }

    private Page signedIn(String token, String fragment) {
        var page = open(fragment);
        signIn(page, token);
        assertThat(page.locator(".link")).containsText("live");
        return page;
    }

    private static void openShop(Page page) {
        page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName("shop-web").setExact(true))
                .first() // the second one is in the list of events
                .click();
    }

    private static void signIn(Page page, String token) {
        page.getByLabel("Token").fill(token);
        button(page, "Sign in").click();
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }
}
