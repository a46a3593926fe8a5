package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import io.autoserve.model.Decision;
import io.autoserve.model.LoadSummary;
import io.autoserve.platform.Loads.ScalingReport;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Shows ten minutes of load in which the autoscaler made a decision. */
class ChartsIT {
    private static final Instant BEGIN = Fixtures.NOON;
    private static final Duration STEP = Duration.ofSeconds(10);
    private static final int STEPS = 60;
    private static final String REASON = "out from 2 to 3: 420 requests/s are 140 % of the target";

    /** Counts the pixels of the canvas that have the current colour of a CSS class. */
    private static final String PAINTED =
            """
            (chart, tone) => {
                const canvas = chart.querySelector("canvas");
                const wanted = getComputedStyle(chart.querySelector(`i.${tone}`)).color.match(/\\d+/g).map(Number);
                const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                let count = 0;
                for (let i = 0; i < data.length; i += 4)
                    if (data[i + 3] > 60 && wanted.every((part, index) => Math.abs(part - data[i + index]) < 8)) count++;
                return count;
            }
            """;

    /** Counts how often a canvas is cleared from now on, which begins each drawing of a chart. */
    private static final String COUNT_DRAWINGS =
            """
            () => {
                const {clearRect} = CanvasRenderingContext2D.prototype;
                window.drawings = 0;
                CanvasRenderingContext2D.prototype.clearRect = function (...area) {
                    window.drawings++;
                    clearRect.apply(this, area);
                };
            }
            """;

    /** Waits until all responses that have arrived are drawn. */
    private static final String DRAWN =
            """
            () => fetch("/").then(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
            """;

    @AutoClose private static final FakeController controller = new FakeController();
    @AutoClose private static final Browser browser = new Browser();

    @BeforeAll
    static void fill() {
        controller.register("shop", "shop:1");
        controller.platform().history(IntStream.range(0, STEPS).mapToObj(ChartsIT::load).toList());
        controller.platform().scaling(new ScalingReport(null, null, List.of(decision())));
    }

    private static LoadSummary load(int step) {
        return new LoadSummary(
                BEGIN.plus(STEP.multipliedBy(step)),
                420,
                List.of(0.0, 420.0, 0.0, 0.0, 0.0),
                3,
                8.0,
                20.0,
                35.0,
                40.0,
                30.0,
                2);
    }

    private static Decision decision() {
        return new Decision(
                BEGIN.plus(STEP.multipliedBy(STEPS / 2)),
                Decision.Outcome.OUT,
                2,
                3,
                3,
                REASON,
                List.of(),
                List.of(),
                new Decision.Inputs(
                        2,
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(1),
                        true,
                        false,
                        false,
                        null,
                        null,
                        null,
                        null));
    }

    @Test
    void the_load_is_drawn_and_a_decision_marked_where_it_was_made() {
        var page = openAtTheEnd();

        var chart = chart(page, "Requests/s");
        assertThat(chart.locator("h3")).containsText("all 420");
        assertThat(painted(chart, "tone-1")).as("the line").isGreaterThan(100);
        assertThat(painted(chart, "tone-2")).as("the mark").isGreaterThan(20);
        chart.locator(".u-over").hover(); // over the middle of the chart
        assertThat(chart.locator(".tip")).containsText(REASON);
        page.locator("h1").hover();
        assertThat(page.locator(".tip")).hasCount(0);
    }

    @Test
    void what_was_decided_and_why_is_told_without_a_mouse_as_well() {
        var page = openAtTheEnd();

        assertThat(page.locator(".decisions li")).hasCount(1);
        assertThat(page.locator(".decisions")).containsText("2 → 3");
        assertThat(page.locator(".decisions")).containsText(REASON);
    }

    @Test
    void an_answer_about_another_range_that_comes_late_is_not_drawn() {
        var page = openAtTheEnd();
        var late = new AtomicReference<Route>();
        page.route("**/metrics?step=30&*", late::set);
        page.waitForRequest("**/metrics?step=30&*", () -> range(page, "1 h").click());

        page.waitForResponse("**/metrics?step=300&*", () -> range(page, "6 h").click());
        page.waitForResponse("**/metrics?step=30&*", () -> answerWithMore(late.get())).finished();

        page.evaluate(DRAWN);
        assertThat(chart(page, "Requests/s").locator("h3").textContent()).contains("all 420");
        assertThat(range(page, "6 h")).hasAttribute("aria-pressed", "true");
    }

    @Test
    void a_part_of_the_time_is_enlarged_by_dragging_until_the_whole_range_is_chosen() {
        var page = openAtTheEnd();
        var box = chart(page, "Requests/s").locator(".u-over").boundingBox();

        page.mouse().move(box.x + box.width / 4, box.y + 20);
        page.mouse().down();
        page.mouse().move(box.x + box.width / 2, box.y + 20);
        page.mouse().up();

        var whole = page.getByText("Whole range");
        assertThat(whole).isVisible();
        whole.click();
        assertThat(whole).hasCount(0);
    }

    @Test
    void without_traffic_there_are_no_axes_but_the_reason() {
        try (var quiet = new FakeController()) {
            quiet.register("shop", "shop:1");
            quiet.platform().history(List.of(idle()));
            var page = browser.open(quiet.address().resolve("/#/apps/shop"));

            assertThat(chart(page, "Requests/s").locator(".absent")).hasText("No traffic");
            assertThat(chart(page, "CPU").locator(".absent")).hasText("Not measured");
            assertThat(chart(page, "CPU").locator(".uplot")).isHidden();
        }
    }

    private static LoadSummary idle() {
        var nothing = List.of(0.0, 0.0, 0.0, 0.0, 0.0);
        return new LoadSummary(BEGIN, 0, nothing, 0, null, null, null, null, null, 1);
    }

    @Test
    void without_measurements_nothing_is_said_about_the_traffic() {
        try (var unmeasured = new FakeController()) {
            unmeasured.register("shop", "shop:1");
            unmeasured.run("shop", 0, true, "answers");
            var page = browser.open(unmeasured.address().resolve("/#/apps/shop"));

            assertThat(chart(page, "Requests/s").locator(".absent")).hasText("Not measured");
        }
    }

    @Test
    void an_event_that_the_charts_do_not_show_does_not_draw_them_again() {
        try (var busy = new FakeController()) {
            busy.register("shop", "shop:1");
            busy.run("shop", 0, true, "answers");
            busy.platform().history(IntStream.range(0, STEPS).mapToObj(ChartsIT::load).toList());
            var page = openAtTheEnd(busy);
            page.route("**/metrics?*", route -> {}); // no later answer draws the charts
            page.evaluate(DRAWN);
            page.evaluate(COUNT_DRAWINGS);

            busy.run("shop", 0, true, "answers well");

            assertThat(page.locator(".instances")).containsText("answers well");
            assertThat(page.evaluate("() => window.drawings")).isEqualTo(0);
            page.getByLabel("Switch between dark and light").click();
            page.waitForCondition(() -> !page.evaluate("() => window.drawings").equals(0));
        }
    }

    @Test
    void a_gap_is_explained() {
        try (var gappy = new FakeController()) {
            gappy.register("shop", "shop:1");
            gappy.platform()
                    .history(
                            IntStream.range(0, STEPS)
                                    .filter(step -> step < 20 || step >= 40)
                                    .mapToObj(ChartsIT::load)
                                    .toList());
            var page = openAtTheEnd(gappy);

            chart(page, "Requests/s").locator(".u-over").hover();
            assertThat(page.locator(".tip").first()).containsText("Not measured");
        }
    }

    private static void answerWithMore(Route route) {
        var answer = route.fetch();
        route.fulfill(
                new Route.FulfillOptions()
                        .setResponse(answer)
                        .setBody(answer.text().replace("420.0", "777.0")));
    }

    private static Page openAtTheEnd() {
        return openAtTheEnd(controller);
    }

    private static Page openAtTheEnd(FakeController served) {
        var page = browser.open(served.address().resolve("/#/apps/shop"));
        page.clock().setFixedTime(Date.from(BEGIN.plus(STEP.multipliedBy(STEPS))));
        page.reload();
        assertThat(chart(page, "Requests/s").locator("h3")).containsText("all 420");
        return page;
    }

    private static Locator chart(Page page, String title) {
        return page.locator(".chart:has(h3:has-text('%s'))".formatted(title));
    }

    private static Locator range(Page page, String name) {
        return page.getByText(name, new Page.GetByTextOptions().setExact(true));
    }

    private static int painted(Locator chart, String tone) {
        return ((Number) chart.evaluate(PAINTED, tone)).intValue();
    }
}
