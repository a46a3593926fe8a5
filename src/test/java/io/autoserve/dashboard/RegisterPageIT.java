package io.autoserve.dashboard;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.GetByLabelOptions;
import com.microsoft.playwright.Page.GetByRoleOptions;
import com.microsoft.playwright.options.AriaRole;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Registers an app with the form that writes its spec. */
class RegisterPageIT {
    @AutoClose private static final FakeController controller = new FakeController();
    @AutoClose private static final Browser browser = new Browser();

    @AfterEach
    void nothingIsComplainedAbout() {
        assertThat(browser.forget()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"health", "plain", "auto", "canary"})
    void the_form_writes_a_spec_that_is_valid(String template) {
        var page = open();

        label(page, "Name").fill("shop");
        label(page, "Image").fill("nginx:1.30");
        label(page, "Port").fill("80");
        label(page, "Instances").fill("3");
        label(page, "With").selectOption(template);

        assertThat(spec(page))
                .hasValue(Pattern.compile("containerPort: 80\\n.*minReplicas: 3", Pattern.DOTALL));
        button(page, "Preview").click();
        assertThat(page.locator(".preview")).containsText("Registers a new app");
    }

    @Test
    void a_spec_edited_by_hand_is_not_overwritten_by_the_form() {
        var page = open();

        spec(page).fill(spec(page).inputValue() + "# by hand");
        assertThat(label(page, "Name")).isDisabled();
        button(page, "Discard the edits").click();

        assertThat(label(page, "Name")).isEnabled();
        assertThat(spec(page)).not().hasValue(Pattern.compile("by hand"));
    }

    private static Page open() {
        var page = browser.open(controller.address().resolve("/#/new"));
        assertThat(page.locator(".link")).containsText("live");
        return page;
    }

    private static Locator spec(Page page) {
        return page.locator("#spec");
    }

    private static Locator label(Page page, String text) {
        return page.getByLabel(text, new GetByLabelOptions().setExact(true));
    }

    private static Locator button(Page page, String name) {
        return page.getByRole(AriaRole.BUTTON, new GetByRoleOptions().setName(name).setExact(true));
    }
}
