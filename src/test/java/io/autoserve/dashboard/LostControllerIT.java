package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import io.autoserve.testing.CountingApp;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Kills the controller from which the page gets its events. */
class LostControllerIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-shop").replicas(2);

    private static final String COUNTING = "e2e-count";

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    @AutoClose private static final Browser browser = new Browser();

    @Test
    void the_page_says_so_and_goes_on_with_another_one_without_missing_an_event() {
        var first = platform.launchController("controller-1").awaitReady();
        var second = platform.launchController("controller-2").awaitReady();
        first.api().apply(SHOP);
        first.api().awaitReady(SHOP.name(), 2);
        try (var door = new FrontDoor(first.api().root())) {
            var page = browser.open(door.address());
            assertThat(page.locator(".link")).containsText("controller-1");

            first.kill();
            assertThat(page.locator(".link")).containsText("offline");
            second.api().scale(SHOP.name(), 4); // the page does not get this event yet
            second.api().awaitReady(SHOP.name(), 4);
            door.leadTo(second.api().root());

            assertThat(page.locator(".link")).containsText("live");
            assertThat(page.locator(".apps .dots")).hasAttribute("aria-label", "4 of 4 ready");
            page.getByText("All events").click();
            var told = second.api().events(SHOP.name()).size();
            assertThat(page.locator(".events li:has(a[href='#/apps/%s'])".formatted(SHOP.name())))
                    .hasCount(told);
            assertThat(page.locator(".events")).containsText("controller-2 leads");
        }
    }

    @Test
    void logs_go_on_with_another_one_without_a_gap_or_a_repeat() {
        var first = platform.launchController("controller-3").awaitReady();
        var second = platform.launchController("controller-4").awaitReady();
        first.api().register(CountingApp.yaml(COUNTING, 1));
        first.api().awaitReady(COUNTING, 1);
        try (var door = new FrontDoor(first.api().root())) {
            var page = browser.open(door.address().resolve("/#/apps/" + COUNTING + "/logs"));
            awaitLines(page, 20);

            first.kill();
            assertThat(page.locator(".link")).containsText("offline");
            door.leadTo(second.api().root());
            assertThat(page.locator(".link")).containsText("live");
            awaitLines(page, numbers(page).size() + 40);

            var numbers = numbers(page);
            assertThat(numbers)
                    .isEqualTo(
                            IntStream.rangeClosed(numbers.getFirst(), numbers.getLast())
                                    .boxed()
                                    .toList());
        }
    }

    private static void awaitLines(Page page, int count) {
        page.waitForFunction(
                "(count) => document.querySelectorAll('.log li').length >= count", count);
    }

    private static List<Integer> numbers(Page page) {
        return page.locator(".log .text").allTextContents().stream()
                .map(line -> Integer.valueOf(line.replace("line ", "").strip()))
                .toList();
    }
}
