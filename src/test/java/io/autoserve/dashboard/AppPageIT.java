package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import io.autoserve.model.Event;
import io.autoserve.model.Progress;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the page of one app, including an app that does not exist. */
class AppPageIT {
    @AutoClose private static final Browser browser = new Browser();

    @AutoClose private FakeController controller;

    @BeforeEach
    void start() {
        controller = new FakeController();
        controller.register("shop", "shop:1");
        controller.run("shop", 0, true, "answers");
    }

    @AfterEach
    void nothingIsComplainedAbout() {
        assertThat(browser.forget()).isEmpty();
    }

    @Test
    void scaling_to_nothing_is_asked_for_twice_as_stopping_is() {
        var page = open("#/apps/shop");

        scale(page, 0);
        assertThat(page.locator("dialog")).containsText("answered with 503");
        page.keyboard().press("Escape");
        assertThat(page.locator("dialog")).hasCount(0);
        assertThat(replicas()).isEqualTo(1);

        scale(page, 0);
        button(page, "Scale to 0").click();
        assertThat(page.locator(".notice.good")).containsText("scaled to 0");
        assertThat(replicas()).isEqualTo(0);

        scale(page, 2);
        assertThat(page.locator(".notice.good").last()).containsText("scaled to 2");
    }

    @Test
    void a_failing_app_shows_the_cause_the_last_output_and_what_to_do() {
        controller.crash(
                "shop", 0, "the container exited, exit code 3; last output: no database / bye");
        var page = open("#/apps/shop");

        var callout = page.locator(".callout");
        assertThat(callout).containsText("shop is failing: 0 of 1 instances ready");
        assertThat(callout).containsText("shop-0: the container exited.");
        assertThat(callout).containsText("3, an error of the app");
        assertThat(callout).containsText("Next try");
        assertThat(callout.locator("pre")).hasText("no database\nbye");
        assertThat(page.locator(".chart")).hasCount(0);
        callout.getByText("Logs").click();
        assertThat(page.getByLabel("Instance")).hasValue("shop-0");

        page.goBack();
        controller.run("shop", 0, true, "answers");
        assertThat(callout).hasCount(0);
        assertThat(page.locator(".chart")).hasCount(6);
    }

    @Test
    void a_failed_release_command_is_shown_although_it_is_published_after_the_event() {
        var page = open("#/apps/shop");
        var platform = controller.platform();
        var app = requireNonNull(platform.snapshot().app("shop"));
        page.waitForResponse(
                answer -> answer.url().endsWith("/api/v1/apps/shop"),
                () -> platform.put(Fixtures.ready(app, 0), Event.Type.TaskFailed));

        platform.progress(
                new Progress(
                        "shop",
                        1,
                        "the release command failed: task 0f3kq9vs: the command ended with exit code 3; last output: no database / bye",
                        app.updatedAt()));

        var callout = page.locator(".callout");
        assertThat(callout).containsText("the release command failed: task 0f3kq9vs");
        assertThat(callout).containsText("3, an error of the app");
        assertThat(callout.locator("pre")).hasText("no database\nbye");
    }

    @Test
    void a_rollout_shows_its_stage_and_the_old_revision_beside_the_new_one() {
        controller.apply("shop", "shop:2");
        var page = open("#/apps/shop");

        assertThat(page.locator(".rollout [aria-current=step]")).hasText("replace old instances");
        assertThat(page.locator(".rollout")).containsText("revision 1 (old)");
        assertThat(page.locator(".rollout")).containsText("revision 2 (new)");
        assertThat(button(page, "Roll back to revision 1")).isVisible();
        assertThat(button(page, "Pause")).isVisible();
    }

    @Test
    void a_deployment_shows_who_made_it_and_how_it_goes() {
        controller.apply("shop", "shop:2");
        var page = open("#/apps/shop/deployments");

        var newest = page.locator(".deployments li").first();
        assertThat(newest).containsText("Revision 2");
        assertThat(newest).containsText("in progress");
        assertThat(newest).containsText("because of a test");
        assertThat(newest).containsText("shop:2");
    }

    @Test
    void an_unknown_app_is_asked_for_nothing() {
        var page = open("#/apps/nobody");
        assertThat(page.locator("main")).containsText("App nobody does not exist");

        for (var tab : new String[] {"deployments", "events", "logs", "spec"}) {
            page.navigate(controller.address().resolve("/#/apps/nobody/" + tab).toString());
            assertThat(page).hasTitle("nobody " + tab + " · AutoServe");
        }

        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_removed_app_is_asked_for_nothing_more_until_it_comes_back() {
        var page = open("");
        page.clock().install();
        page.navigate(controller.address().resolve("/?again#/apps/shop").toString());
        assertThat(page.locator(".instances tbody tr")).hasCount(1);
        var asked = new ArrayList<String>();
        page.onRequest(request -> asked.add(request.url()));

        controller.drop("shop");
        assertThat(page.locator("main")).containsText("App shop does not exist");
        asked.clear();
        page.clock().runFor(Duration.ofMinutes(1).toMillis());
        assertThat(asked).noneMatch(url -> url.contains("/apps/shop"));

        page.waitForRequest("**/apps/shop/metrics*", () -> controller.register("shop", "shop:2"));
        assertThat(page.locator("h1")).hasText("shop");
    }

    @Test
    void what_a_colleague_applied_meanwhile_is_shown_and_not_undone_unseen() {
        var page = open("#/apps/shop/spec");
        button(page, "Edit").click();
        page.locator("#spec").fill(spec(page).replace("shop:1", "shop:mine"));
        button(page, "Preview").click();

        controller.apply("shop", "shop:theirs");
        button(page, "Apply").click();

        browser.excuse(409);
        assertThat(page.locator(".faults"))
                .containsText("at revision 2, but your change is based on");
        assertThat(page.locator(".diff .removed")).containsText("shop:theirs");
        assertThat(page.locator(".diff .added")).containsText("shop:mine");
        assertThat(spec(page)).contains("shop:mine");
        button(page, "Keep mine").click();
        assertThat(page.locator(".diff")).hasCount(0);
        button(page, "Preview").click();
        button(page, "Apply").click();

        assertThat(page.locator(".notice.good")).containsText("now at revision 3");
        assertThat(page.locator(".diff")).containsText("shop:mine");
    }

    @Test
    void a_colleagues_revision_is_taken_over_as_soon_as_it_is_there() {
        var page = open("#/apps/shop/spec");
        button(page, "Edit").click();
        page.locator("#spec").fill(spec(page) + "# more");

        controller.apply("shop", "shop:theirs");
        button(page, "Take theirs").click();

        assertThat(page.locator(".diff")).hasCount(0);
        assertThat(spec(page)).contains("shop:theirs").doesNotContain("# more");
    }

    private static String spec(Page page) {
        return page.locator("#spec").inputValue();
    }

    private Page open(String fragment) {
        var page = browser.open(controller.address().resolve("/" + fragment));
        assertThat(page.locator(".link")).containsText("live");
        return page;
    }

    private int replicas() {
        return requireNonNull(controller.platform().snapshot().app("shop")).replicas();
    }

    private static void scale(Page page, int replicas) {
        page.getByLabel("Desired").fill(String.valueOf(replicas));
        button(page, "Scale").click();
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }
}
