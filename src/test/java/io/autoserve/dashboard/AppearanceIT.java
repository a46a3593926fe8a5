package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that every page is accessible, fits on a phone, and is small to download. */
class AppearanceIT {
    private static final int FIRST_LOAD_BYTES = 300_000;

    private static final String BYTES =
            """
            (kind) => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
                .reduce((sum, it) => sum + it[kind], 0)
            """;

    /** Numbers all interactive elements in reading order. */
    private static final String NUMBER_STOPS =
            """
            () => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
                .filter((it) => !it.disabled && it.checkVisibility())
                .map((it, index) => (it.stop = index)).length
            """;

    /** Returns the number of the element that has the focus; -1 if the focus is not visible. */
    private static final String STOP =
            """
            () => getComputedStyle(document.activeElement).outlineStyle === "none" ? -1 : document.activeElement.stop ?? -2
            """;

    /** Markup that a test uses as the name of an image and as the reason of a failure. */
    private static final String MARKUP =
            "<img src=x onerror=\"document.title='owned'\"><b>bold</b>";

    @AutoClose private static final FakeController controller = new FakeController();
    @AutoClose private static final Browser browser = new Browser();

    @BeforeAll
    static void fill() {
        controller.register("shop", "registry.example.com/shop:1.4");
        controller.register(
                "a-name-of-an-app-that-is-as-long-as-names-may-be-without-blank", "blog:1");
        controller.run("shop", 0, true, "answers");
        controller.run("shop", 1, false, MARKUP);
        controller.register("broken", "broken:1");
        controller.crash(
                "broken", 0, "the container exited, exit code 3; last output: no db / bye");
        controller.register("rolling", "rolling:1");
        controller.run("rolling", 0, true, "answers");
        controller.apply("rolling", "rolling:2");
    }

    @AfterEach
    void nothingIsComplainedAbout() {
        assertThat(browser.forget()).isEmpty();
    }

    /** The screens on which each page must look right. */
    private enum Screen {
        DESK(1280, ColorScheme.LIGHT),
        DESK_AT_NIGHT(1280, ColorScheme.DARK),
        PHONE(360, ColorScheme.LIGHT);

        private final int width;
        private final ColorScheme theme;

        Screen(int width, ColorScheme theme) {
            this.width = width;
            this.theme = theme;
        }

        void show(Page page) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(theme));
            page.setViewportSize(width, 900);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#/",
                "#/events",
                "#/logs?q=hello",
                "#/cluster",
                "#/secrets",
                "#/domains",
                "#/tokens",
                "#/notifications",
                "#/audit",
                "#/new",
                "#/apps/shop",
                "#/apps/broken",
                "#/apps/rolling",
                "#/apps/rolling/deployments",
                "#/apps/shop/events",
                "#/apps/shop/logs",
                "#/apps/shop/spec",
                "#/apps/nobody"
            })
    void has_labels_landmarks_and_contrast_and_fits(String fragment) {
        var page = browser.open(at(fragment));
        awaitDrawn(page);

        assertAccessibleOnEveryScreen(page);
    }

    @Test
    void so_does_what_comes_on_top_of_a_page() {
        var page = browser.open(at("#/apps/shop"));
        awaitDrawn(page);

        for (var screen : Screen.values()) {
            screen.show(page);
            press(page, "Delete");
            assertThat(page.locator("dialog")).isVisible();
            assertAccessible(page, "dialog on " + screen);
            page.keyboard().press("Escape");
            press(page, "Scale");
            assertThat(page.locator(".notice").last()).isVisible();
            assertAccessible(page, "notice on " + screen);
        }
    }

    @Test
    void so_does_a_preview() {
        var page = browser.open(at("#/apps/shop/spec"));
        awaitDrawn(page);

        press(page, "Edit");
        press(page, "Preview");

        assertThat(page.locator(".preview")).containsText("Creates revision 2");
        assertAccessibleOnEveryScreen(page);
    }

    /**
     * Looks at the page on every screen. Drawing it anew on each would take three times as long.
     */
    private static void assertAccessibleOnEveryScreen(Page page) {
        for (var screen : Screen.values()) {
            screen.show(page);
            assertAccessible(page, screen.name());
        }
    }

    private static void assertAccessible(Page page, String what) {
        assertThat(Axe.violations(page)).as(what).isEmpty();
        assertThat(
                        page.evaluate(
                                "document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                .as("pixels beyond the screen: " + what)
                .isEqualTo(0);
    }

    private static void press(Page page, String button) {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    private static URI at(String fragment) {
        return controller.address().resolve("/" + fragment);
    }

    @Test
    void greets_who_is_not_signed_in_as_well() {
        try (var guarded = FakeController.withTokens()) {
            var page = browser.open(guarded.address());
            browser.excuse(401);
            assertThat(page.getByLabel("Token")).isFocused();

            assertAccessibleOnEveryScreen(page);
        }
    }

    @Test
    void the_first_load_is_light() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        var bytes = (Number) page.evaluate(BYTES, "decodedBodySize");
        System.out.printf(
                "first load: %,d bytes, %,d on the wire%n",
                bytes.intValue(), ((Number) page.evaluate(BYTES, "transferSize")).intValue());
        assertThat(bytes.intValue()).isLessThan(FIRST_LOAD_BYTES);
    }

    @Test
    void what_is_data_stays_text() {
        var page = browser.open(controller.address().resolve("/#/apps/shop"));
        assertThat(page.locator(".instances")).containsText(MARKUP);
        page.navigate(controller.address().resolve("/#/events").toString());
        assertThat(page.locator(".events")).containsText("because of a test");

        assertThat(page.locator("img[src=x]")).hasCount(0);
        assertThat(page).not().hasTitle("owned");
    }

    @Test
    void the_first_stop_of_the_keyboard_skips_the_bar() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        page.keyboard().press("Tab");
        assertThat(page.locator(".skip")).isFocused();
        page.keyboard().press("Enter");
        assertThat(page.locator("main")).isFocused();
        page.keyboard().press("Tab");
        assertThat(page.locator("main a").first()).isFocused();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#/",
                "#/events",
                "#/cluster",
                "#/secrets",
                "#/apps/shop",
                "#/apps/broken",
                "#/apps/rolling/deployments",
                "#/apps/shop/spec"
            })
    void the_keyboard_reaches_everything_and_shows_where_it_is(String fragment) {
        var page = browser.open(at(fragment));
        awaitDrawn(page);

        var stops = ((Number) page.evaluate(NUMBER_STOPS)).intValue();
        var reached = new TreeSet<Integer>();
        for (var press = 0; press < stops; press++) {
            page.keyboard().press("Tab");
            reached.add(((Number) page.evaluate(STOP)).intValue());
        }

        assertThat(reached).containsExactlyElementsOf(IntStream.range(0, stops).boxed().toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#/",
                "#/events",
                "#/cluster",
                "#/secrets",
                "#/new",
                "#/apps/shop",
                "#/apps/broken",
                "#/apps/shop/spec"
            })
    void nothing_moves_after_the_first_sight(String fragment) {
        var page = browser.open(at(fragment));
        awaitDrawn(page);

        var moved =
                (Number)
                        page.evaluate(
                                """
                                () => new Promise((resolve) => new PerformanceObserver((list) =>
                                        resolve(list.getEntries().reduce((sum, it) => sum + it.value, 0)))
                                    .observe({type: "layout-shift", buffered: true}) ?? setTimeout(() => resolve(0), 300))
                                """);
        assertThat(moved.doubleValue()).isLessThan(0.1); // the limit for "good" in Web Vitals
    }

    @Test
    void the_theme_is_turned_and_remembered() {
        var page = browser.open(controller.address());
        awaitDrawn(page);

        page.getByLabel("Switch between dark and light").click();
        page.reload();

        assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
    }

    private static void awaitDrawn(Page page) {
        assertThat(page.locator(".link")).containsText("live");
        assertThat(page.locator("main h1")).hasCount(1);
        assertThat(page.locator(".waiting")).hasCount(0);
    }
}
