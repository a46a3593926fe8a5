package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests the page that shows who did what, and exports it for an audit. */
class EventsIT {
    @AutoClose private static final FakeController controller = new FakeController();
    @AutoClose private static final Browser browser = new Browser();

    @BeforeAll
    static void fill() {
        controller.register("shop", "shop:1");
        controller.register("blog", "blog:1");
        controller.run("blog", 0, true, "answers");
    }

    @Test
    void shows_what_one_person_did_and_hands_it_over_as_a_file() throws IOException {
        var page = browser.open(controller.address().resolve("/#/events"));

        choose(page, "By", "somebody");

        assertThat(page.locator(".events li")).hasCount(2);
        assertThat(page.locator(".events")).not().containsText("instance ready");
        var lines = Files.readAllLines(downloaded(page));
        assertThat(lines).hasSize(2).allMatch(line -> line.contains("\"actor\":\"somebody\""));
        assertThat(page.locator(".notice")).containsText("2 events in the file");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void finds_what_is_too_long_ago_to_be_offered() {
        try (var busy = new FakeController()) {
            busy.register("gone", "gone:1");
            busy.drop("gone");
            busy.register("shop", "shop:1");
            for (var time = 0; time < 600; time++) {
                busy.run("shop", 0, true, "answers");
            }
            var page = browser.open(busy.address().resolve("/#/events"));
            assertThat(page.locator(".events li")).hasCount(200);

            choose(page, "App", "gone");
            assertThat(page.locator(".events li")).hasCount(2);
            choose(page, "By", "somebody");
            assertThat(page.locator(".events li")).hasCount(1);
            choose(page, "App", "");
            assertThat(page.locator(".events li")).hasCount(2);
            choose(page, "By", "");
            page.getByLabel("Type").selectOption("AppDeleted");
            assertThat(page.locator(".events li")).hasCount(1);
        }
    }

    @Test
    void an_open_page_keeps_the_events_of_an_app_while_others_have_many() {
        try (var busy = new FakeController()) {
            busy.register("quiet", "quiet:1");
            busy.register("shop", "shop:1");
            var page = browser.open(busy.address().resolve("/#/apps/quiet/events"));
            assertThat(page.locator(".events li")).hasCount(1);
            busy.run("quiet", 0, true, "answers");
            assertThat(page.locator(".events li")).hasCount(2);

            for (var time = 0; time < 600; time++) {
                busy.run("shop", 0, true, "answers");
            }
            busy.run("quiet", 0, true, "answers");

            assertThat(page.locator(".events li")).hasCount(3);
        }
    }

    @Test
    void an_outage_is_not_shown_as_a_lack_of_events() {
        try (var busy = new FakeController()) {
            busy.register("shop", "shop:1");
            for (var time = 0; time < 300; time++) {
                busy.run("shop", 0, true, "answers");
            }
            var page = browser.open(busy.address());
            var away = new Route.FulfillOptions().setStatus(503);
            page.route("**/api/v1/events?*app=nobody*", route -> route.fulfill(away));

            page.navigate(busy.address().resolve("/#/events?app=nobody").toString());
            assertThat(page.locator(".waiting")).isVisible();
            assertThat(page.locator("main")).not().containsText("No event matches");
            page.unroute("**/api/v1/events?*app=nobody*");

            assertThat(page.locator("main")).containsText("No event matches the filter");
        }
    }

    @Test
    void says_so_where_a_file_cannot_hold_all() throws IOException {
        try (var busy = new FakeController()) {
            busy.register("shop", "shop:1");
            for (var time = 1; time < 100_000; time++) {
                busy.run("shop", 0, true, "answers");
            }
            var page = browser.open(busy.address().resolve("/#/events"));

            var all = page.waitForDownload(button(page)::click);
            assertThat(Files.readAllLines(all.path())).hasSize(100_000);
            assertThat(page.locator(".notice").last()).containsText("100000 events in the file");

            busy.run("shop", 0, true, "answers");
            var most = page.waitForDownload(button(page)::click);
            assertThat(Files.readAllLines(most.path())).hasSize(100_000);
            assertThat(page.locator(".notice.bad")).containsText("ends with event 100000");
        }
    }

    private static void choose(Page page, String label, String value) {
        page.getByLabel(label, new Page.GetByLabelOptions().setExact(true)).fill(value);
        page.keyboard().press("Enter");
    }

    private static Locator button(Page page) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Download"));
    }

    private static Path downloaded(Page page) {
        var file = page.waitForDownload(button(page)::click);
        assertThat(file.suggestedFilename()).isEqualTo("events-somebody.jsonl");
        return file.path();
    }
}
