package io.autoserve.dashboard;

import com.microsoft.playwright.Page;
import java.util.List;

/** Uses axe-core to find accessibility errors of a page, such as missing labels or low contrast. */
final class Axe {
    private static final String RULES = WebJar.text("axe-core/4.6.3/axe.min.js");

    private static final String VIOLATIONS =
            """
            async () => (await axe.run({
                runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"],
                resultTypes: ["violations"], // axe then does not describe each element that is fine
            })).violations
                .flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html}`))
            """;

    private Axe() {}

    static List<?> violations(Page page) {
        page.evaluate(RULES); // the page's policy forbids to add a script element
        return (List<?>) page.evaluate(VIOLATIONS);
    }
}
