package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who did what, for whoever has to account for it. */
class EventsIT {
    private static FakeController controller;
    private static Browser browser;

    @BeforeAll
    static void start() {
        controller = new FakeController();
        browser = new Browser();
        controller.register("shop", "shop:1");
        controller.register("blog", "blog:1");
        controller.run("blog", 0, true, "answers");
    }

    @AfterAll
    static void stop() {
        browser.close();
        controller.close();
    }

    @Test
    void shows_what_one_person_did_and_hands_it_over_as_a_file() throws IOException {
        var page = browser.open(controller.address().resolve("/#/events"));

        page.getByLabel("By").selectOption("somebody");

        assertThat(page.locator(".events li")).hasCount(2);
        assertThat(page.locator(".events")).not().containsText("instance ready");
        var lines = Files.readAllLines(downloaded(page));
        assertThat(lines).hasSize(2).allMatch(line -> line.contains("\"actor\":\"somebody\""));
        assertThat(page.locator(".notice")).containsText("2 events in a file");
        assertThat(browser.complaints()).isEmpty();
    }

    private static Path downloaded(Page page) {
        var button = page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName("Download"));
        var file = page.waitForDownload(button::click);
        assertThat(file.suggestedFilename()).isEqualTo("events-somebody.jsonl");
        return file.path();
    }
}
