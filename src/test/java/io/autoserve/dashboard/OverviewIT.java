package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import io.autoserve.model.Leader;
import io.autoserve.model.LoadSummary;
import io.autoserve.model.Term;
import io.autoserve.platform.ClusterHealth;
import io.autoserve.platform.Loads;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the list of apps: what comes first, and how a user finds an app. */
class OverviewIT {
    private static final Duration STEP = Duration.ofSeconds(10);

    @AutoClose private static final FakeController controller = new FakeController();
    @AutoClose private static final Browser browser = new Browser();

    @BeforeAll
    static void fill() {
        controller.register("blog", "registry.example.com/blog:1");
        controller.run("blog", 0, true, "answers");
        controller.register("payments", "payments:3");
        controller.run("payments", 0, true, "answers");
        controller.register("shop", "shop:7");
        controller.crash("shop", 0, "the container exited, exit code 3; last output: no database");
        controller.platform().loads(load("payments", 20, 2));
        controller
                .platform()
                .leader(
                        new Leader(
                                "controller-1",
                                "http://127.0.0.1:8001",
                                new Term(1, new UUID(0, 1)),
                                Fixtures.NOON));
    }

    /** Returns a minute of load, in which the app answers requests and errors at these rates. */
    private static Loads.Overview load(String name, double requests, double errors) {
        var until = Fixtures.NOON;
        var app = requireNonNull(controller.platform().snapshot().app(name));
        return new Loads.Overview(
                until,
                STEP,
                60,
                Map.of(
                        app.id(),
                        IntStream.range(0, 6)
                                .mapToObj(step ->
                                        summary(
                                                until.minus(STEP.multipliedBy(5L - step)),
                                                requests,
                                                errors))
                                .toList()));
    }

    private static LoadSummary summary(Instant at, double requests, double errors) {
        return new LoadSummary(
                at,
                requests,
                List.of(0.0, requests - errors, 0.0, 0.0, errors),
                1,
                8.0,
                20.0,
                35.0,
                40.0,
                30.0,
                1);
    }

    @AfterEach
    void nothingIsComplainedAbout() {
        assertThat(browser.forget()).isEmpty();
    }

    @Test
    void failing_apps_come_first_and_running_apps_with_errors_are_among_them() {
        var page = open("");

        assertThat(names(page)).hasText(new String[] {"payments", "shop", "blog"});
        assertThat(row(page, "payments").locator(".badge.bad")).hasText("running, 10 % errors");
        assertThat(row(page, "shop").locator(".badge.bad")).hasText("crash looping");
        assertThat(row(page, "shop")).containsText("exit code 3");
        assertThat(row(page, "blog").locator(".badge.good")).hasText("running");
    }

    @Test
    void the_counts_filter_the_list_and_the_address_keeps_the_filter() {
        var page = open("");

        link(page, "failing 2").click();
        assertThat(names(page)).hasText(new String[] {"payments", "shop"});
        page.getByLabel("Sort by").selectOption("name");
        page.getByLabel("Search apps").fill("SHOP");
        assertThat(names(page)).hasText(new String[] {"shop"});

        page.reload();
        assertThat(names(page)).hasText(new String[] {"shop"});
        page.getByLabel("Search apps").fill("nothing like this");
        assertThat(page.locator("main")).containsText("None of the 3 apps matches");
        link(page, "Show all apps").click();
        assertThat(names(page)).hasCount(3);
        assertThat(page.getByLabel("Search apps")).hasValue("");
    }

    @Test
    void a_row_is_a_link_and_shows_the_last_deploy_and_the_address() {
        var page = open("");

        assertThat(row(page, "blog").locator(".deploy")).containsText("r1 by somebody");
        assertThat(row(page, "blog").locator("a.open"))
                .hasAttribute("href", "http://blog.localhost/");
        row(page, "blog").locator(".deploy").click();

        assertThat(page).hasTitle("blog · AutoServe");
    }

    @Test
    void an_outage_is_no_empty_list_but_shows_its_reason_and_a_retry() {
        var page = open("#/events");
        browser.excuse(503);
        page.route(
                "**/api/v1/apps?*",
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setStatus(503)
                                        .setContentType("application/problem+json")
                                        .setBody("{\"detail\": \"the database is away\"}")));
        page.navigate(controller.address().resolve("/?again#/").toString());

        assertThat(page.locator(".trouble")).containsText("the database is away");
        assertThat(page.locator("main")).not().containsText("No apps yet");
        assertThat(Axe.violations(page)).isEmpty();
        var retry = page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Retry now"));
        page.waitForRequest("**/api/v1/apps?*", retry::click);
        page.unroute("**/api/v1/apps?*");

        assertThat(names(page)).hasCount(3);
        assertThat(page.locator(".link")).containsText("live");
    }

    @Test
    void an_outage_before_the_session_is_known_is_no_missing_page() {
        var page = open("#/events");
        browser.excuse(503);
        page.route(
                "**/api/v1/session",
                route -> route.fulfill(new Route.FulfillOptions().setStatus(503)));
        page.navigate(controller.address().resolve("/?again#/").toString());

        assertThat(page.locator(".trouble")).containsText("status 503");
        assertThat(page.locator("main")).not().containsText("Not found");
        page.unroute("**/api/v1/session");

        assertThat(names(page)).hasCount(3);
    }

    @Test
    void apps_are_shown_even_if_their_load_cannot_be_read() {
        var page = open("#/events");
        browser.excuse(503);
        page.route(
                "**/api/v1/load",
                route -> route.fulfill(new Route.FulfillOptions().setStatus(503)));
        page.navigate(controller.address().resolve("/?again#/").toString());

        assertThat(names(page)).hasCount(3);
        assertThat(page.locator(".link")).containsText("requests fail");
    }

    @Test
    void the_bar_shows_that_reads_fail_until_they_succeed_again() {
        var page = open("");
        browser.excuse(503);
        page.clock().install();
        page.navigate(controller.address().resolve("/?again#/").toString());
        assertThat(page.locator(".link")).containsText("live");
        page.route(
                "**/api/v1/load",
                route -> route.fulfill(new Route.FulfillOptions().setStatus(503)));

        page.clock().runFor(Duration.ofSeconds(12).toMillis());
        assertThat(page.locator(".link")).containsText("requests fail");
        assertThat(names(page)).hasCount(3);
        page.unroute("**/api/v1/load");
        page.clock().runFor(Duration.ofSeconds(12).toMillis());

        assertThat(page.locator(".link")).containsText("live");
    }

    @Test
    void the_cluster_is_one_link_that_opens_a_page_with_the_failed_checks_first() {
        controller
                .platform()
                .machine(new ClusterHealth.Check("certificates", false, "nginx expires in 3 days"));
        var page = open("");

        link(page, "Cluster").click();

        assertThat(page.locator("h1")).hasText("Cluster");
        assertThat(page.locator(".checks li").first()).containsText("failed");
        assertThat(page.locator(".checks li:has-text('nginx expires in 3 days')"))
                .containsText("failed");
        assertThat(page.locator("main")).containsText("controller-1 leads term 1");
        assertThat(page.locator("main")).containsText("accepts writes");
        assertThat(page.locator(".checks")).containsText("they match the tables of the database");
    }

    @Test
    void the_page_of_the_cluster_shows_what_can_be_read_if_one_read_fails() {
        var page = open("#/events");
        browser.excuse(503);
        page.route(
                "**/api/v1/cluster/health",
                route ->
                        route.fulfill(
                                new Route.FulfillOptions()
                                        .setStatus(503)
                                        .setContentType("application/problem+json")
                                        .setBody("{\"detail\": \"the database is away\"}")));
        page.navigate(controller.address().resolve("/?again#/cluster").toString());

        assertThat(page.locator(".checks")).containsText("the database is away");
        assertThat(page.locator("main")).containsText("controller-1 leads term 1");
        assertThat(page.getByLabel("Drain here")).isVisible();
    }

    @Test
    void the_logs_of_an_app_show_what_it_wrote_before_it_failed() {
        var page = open("#/apps/shop/logs");

        page.getByLabel("From").selectOption("failure");
        assertThat(page.locator(".log .text"))
                .hasText(new String[] {"no database", "errgiving up"});

        page.getByLabel("From").selectOption("");
        assertThat(page.locator("main")).not().containsText("giving up");
    }

    @Test
    void the_logs_of_all_apps_are_searched_and_the_address_keeps_the_search() {
        var page = open("#/logs");

        page.getByLabel("Text in the line").fill("FROM blog");
        page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Search")).click();
        assertThat(page.locator(".log li")).hasCount(1);
        assertThat(page.locator(".log mark")).hasText("from blog");

        page.reload();
        assertThat(page.locator(".log a")).hasText("blog-0");
        page.getByLabel("Text in the line").fill("no such text");
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).containsText("No line has this text.");
    }

    @Test
    void the_palette_opens_a_page_of_an_app_by_the_keyboard_alone() {
        var page = open("");

        page.keyboard().press("Control+k");
        assertThat(page.getByLabel("Page or app")).isFocused();
        assertThat(Axe.violations(page)).isEmpty();
        page.keyboard().type("blog lo");
        assertThat(page.locator("[role=option]").first()).hasText("blog logs");
        page.keyboard().press("Enter");

        assertThat(page).hasTitle("blog logs · AutoServe");
        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void the_page_of_another_app_begins_at_its_top() {
        var page = open("#/apps/shop");
        link(page, "Spec").focus();

        page.keyboard().press("Control+k");
        page.keyboard().type("blog");
        page.keyboard().press("Enter");

        assertThat(page.locator("h1")).hasText("blog");
        assertThat(page.locator("main")).isFocused();
    }

    @Test
    void the_palette_is_closed_without_a_keyboard() {
        var page = open("");

        button(page, "Go to …").click();
        button(page, "Close").click();

        assertThat(page.locator("dialog")).hasCount(0);
    }

    @Test
    void an_admin_drains_a_node_after_typing_its_name_and_sees_a_refusal_for_a_while() {
        var page = open("");
        browser.excuse(409);
        page.clock().install();
        page.navigate(controller.address().resolve("/?again#/cluster").toString());

        page.getByLabel("Drain here").click();
        page.locator("dialog input").fill("here");
        page.locator("dialog button.danger").click();

        assertThat(page.locator(".notice.bad")).containsText("node 'here' is the only one");
        page.clock().runFor(Duration.ofSeconds(21).toMillis());
        assertThat(page.locator(".notice")).hasCount(0);
    }

    @Test
    void five_hundred_apps_are_searched_and_events_do_not_make_the_page_grow() {
        try (var large = new FakeController()) {
            for (var app = 0; app < 500; app++) {
                large.register("app-%03d".formatted(app), "app:1");
                for (var index = 0; index < 4; index++) {
                    large.run("app-%03d".formatted(app), index, true, "answers");
                }
            }
            var page = browser.open(large.address());
            assertThat(names(page)).hasCount(500);
            page.getByLabel("Search apps").fill("app-123");
            assertThat(names(page)).hasText(new String[] {"app-123"});
            page.getByLabel("Search apps").fill("");
            assertThat(names(page)).hasCount(500);

            var before = elements(page);
            for (var event = 0; event < 1000; event++) {
                large.run("app-001", 0, true, "answers");
            }
            large.register("last", "last:1");
            assertThat(names(page)).hasCount(501);
            large.drop("last");
            assertThat(names(page)).hasCount(500);

            assertThat(elements(page)).isCloseTo(before, within(100));
        }
    }

    private static int elements(Page page) {
        return page.locator("*").count();
    }

    private static Page open(String fragment) {
        var page = browser.open(controller.address().resolve("/" + fragment));
        assertThat(page.locator(".link")).containsText("live");
        return page;
    }

    private static Locator names(Page page) {
        return page.locator(".apps .name > a");
    }

    private static Locator row(Page page, String name) {
        return page.locator(".apps tbody tr:has(a[href='#/apps/%s'])".formatted(name));
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }

    private static Locator link(Page page, String name) {
        return page.getByRole(AriaRole.LINK, new GetByRoleOptions().setName(name).setExact(true));
    }
}
