package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The controller that the page listens to dies. */
class LostControllerIT {
    private static final DemoApp SHOP = DemoApp.named("t-e2e-shop").replicas(2);

    private static RunningPlatform platform;
    private static Browser browser;

    @BeforeAll
    static void start() {
        platform = RunningPlatform.start();
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        browser.close();
        platform.close();
    }

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
            second.api().scale(SHOP.name(), 4); // while nobody tells the page
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
}
