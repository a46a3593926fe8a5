package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every page: it can be read, by everybody and on a phone, and it is light. */
class AppearanceIT {
    private static final int FIRST_LOAD_BYTES = 300_000;
    private static final String AXE = text("/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js");

    private static final String BYTES =
            """
            (kind) => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
                .reduce((sum, it) => sum + it[kind], 0)
            """;

    /** As an image's name and as what an instance died of. */
    private static final String MARKUP =
            "<img src=x onerror=\"document.title='owned'\"><b>bold</b>";

    private static FakeController controller;
    private static Browser browser;

    @BeforeAll
    static void start() {
        controller = new FakeController();
        browser = new Browser();
        controller.register("shop", "registry.example.com/shop:1.4");
        controller.register(
                "a-name-of-an-app-that-is-as-long-as-names-may-be-without-blank", "blog:1");
        controller.run("shop", 0, true, "answers");
        controller.run("shop", 1, false, MARKUP);
    }

    @AfterAll
    static void stop() {
        browser.close();
        controller.close();
    }

    @AfterEach
    void nothingIsComplainedAbout() {
        var complaints = browser.complaints();
        browser.forget();
        assertThat(complaints).isEmpty();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "#/, LIGHT",
        "#/, DARK",
        "#/events, LIGHT",
        "#/events, DARK",
        "#/new, LIGHT",
        "#/new, DARK",
        "#/apps/shop, LIGHT",
        "#/apps/shop, DARK",
        "#/apps/shop/spec, LIGHT",
        "#/apps/shop/spec, DARK",
        "#/apps/shop/logs, DARK",
        "#/apps/nobody, LIGHT"
    })
    void hasLabelsLandmarksAndContrast(String fragment, ColorScheme theme) {
        var page = browser.open(controller.address().resolve("/" + fragment), 1280, theme);
        awaitDrawn(page);

        assertThat(violations(page)).isEmpty();
    }

    private static List<?> violations(Page page) {
        page.evaluate(AXE); // not as a script element, which the page's policy forbids
        return (List<?>)
                page.evaluate(
                        """
                        async () => (await axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})).violations
                            .flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html}`))
                        """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#/",
                "#/events",
                "#/new",
                "#/apps/shop",
                "#/apps/shop/logs",
                "#/apps/shop/spec"
            })
    void fitsAPhone(String fragment) {
        var page =
                browser.open(controller.address().resolve("/" + fragment), 360, ColorScheme.LIGHT);
        awaitDrawn(page);

        assertFits(page);
    }

    private static void assertFits(Page page) {
        assertThat(
                        page.evaluate(
                                "document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                .isEqualTo(0);
    }

    @ParameterizedTest
    @CsvSource({"1280, LIGHT", "1280, DARK", "360, LIGHT"})
    void greetsWhoIsNotSignedInAsWell(int width, ColorScheme theme) {
        try (var guarded = FakeController.withTokens()) {
            var page = browser.open(guarded.address(), width, theme);
            browser.excuse(401);
            assertThat(page.getByLabel("Token")).isFocused();

            assertThat(violations(page)).isEmpty();
            assertFits(page);
        }
    }

    @Test
    void theFirstLoadIsLight() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        var bytes = (Number) page.evaluate(BYTES, "decodedBodySize");
        System.out.printf(
                "first load: %,d bytes, %,d on the wire%n",
                bytes.intValue(), ((Number) page.evaluate(BYTES, "transferSize")).intValue());
        assertThat(bytes.intValue()).isLessThan(FIRST_LOAD_BYTES);
    }

    @Test
    void whatIsDataStaysText() {
        var page = browser.open(controller.address().resolve("/#/apps/shop"));
        assertThat(page.locator(".instances")).containsText(MARKUP);
        page.navigate(controller.address().resolve("/#/events").toString());
        assertThat(page.locator(".events")).containsText("because of a test");

        assertThat(page.locator("img[src=x]")).hasCount(0);
        assertThat(page).not().hasTitle("owned");
    }

    @Test
    void theKeyboardReachesEverythingAndTheFirstStopSkipsTheBar() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        page.keyboard().press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).isFocused();
        page.keyboard().press("Tab");
        assertThat(page.locator("main a").first()).isFocused();
    }

    @Test
    void nothingMovesAfterTheFirstSight() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        var moved =
                (Number)
                        page.evaluate(
                                """
                                () => new Promise((resolve) => new PerformanceObserver((list) =>
                                        resolve(list.getEntries().reduce((sum, it) => sum + it.value, 0)))
                                    .observe({type: "layout-shift", buffered: true}) ?? setTimeout(() => resolve(0), 300))
                                """);
        assertThat(moved.doubleValue()).isLessThan(0.1); // "good", by Web Vitals
    }

    @Test
    void theThemeIsTurnedAndRemembered() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        page.getByLabel("Change between dark and light").click();
        page.reload();

        assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    }

    private static void awaitDrawn(Page page) {
        assertThat(page.locator(".link")).containsText("live");
        assertThat(page.locator("main h1")).hasCount(1);
    }

    private static String text(String resource) {
        try (var in = AppearanceIT.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError(resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
