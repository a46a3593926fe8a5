package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Sends the page an event about an app, while the page's request for the app gets no answer, or
 * gets it too late.
 */
class UnansweredIT {
    private static final String QUESTION = "**/api/v1/apps/shop";

    @AutoClose private static final Browser browser = new Browser();

    private FakeController first;
    private FakeController second;
    private FrontDoor door;

    @BeforeEach
    void start() {
        first = new FakeController();
        second = first.peer();
        door = new FrontDoor(first.address());
        first.register("shop", "shop:1");
        first.run("shop", 0, false, "starts");
    }

    @AfterEach
    void stop() {
        browser.forget();
        door.close();
        second.close();
        first.close();
    }

    @Test
    void the_next_controller_is_asked_when_the_one_that_told_of_it_died() {
        var page = browser.open(door.address());
        becomesReadyUnanswered(page);

        first.close();
        assertThat(page.locator(".link")).containsText("offline");
        page.unroute(QUESTION);
        door.leadTo(second.address());

        assertThat(page.locator(".link")).containsText("live");
        assertReady(page, 1);
    }

    @Test
    void it_is_asked_again_while_the_stream_goes_on() {
        var page = browser.open(door.address());
        becomesReadyUnanswered(page);

        page.unroute(QUESTION);

        assertReady(page, 1);
    }

    @Test
    void an_answer_from_before_the_deletion_does_not_bring_the_app_back() {
        var page = browser.open(door.address());
        assertReady(page, 0);
        var late = new AtomicReference<Runnable>();
        page.route(
                QUESTION,
                route -> {
                    var answer = route.fetch();
                    late.set(() -> route.fulfill(new Route.FulfillOptions().setResponse(answer)));
                });
        first.run("shop", 0, true, "answers");
        page.waitForCondition(() -> late.get() != null);

        first.drop("shop");
        assertThat(page.locator(".apps .dots")).hasCount(0);
        page.waitForResponse(QUESTION, late.get());
        first.register("blog", "blog:1");

        assertThat(page.locator(".apps")).containsText("blog");
        assertThat(page.locator(".apps")).not().containsText("shop");
    }

    private void becomesReadyUnanswered(Page page) {
        assertReady(page, 0);
        page.route(QUESTION, Route::abort);
        page.waitForRequest(QUESTION, () -> first.run("shop", 0, true, "answers"));
        assertThat(page.locator(".events")).containsText("instance ready");
        assertReady(page, 0);
    }

    private static void assertReady(Page page, int instances) {
        assertThat(page.locator(".apps .dots"))
                .hasAttribute("aria-label", "%d of 1 ready".formatted(instances));
    }
}
