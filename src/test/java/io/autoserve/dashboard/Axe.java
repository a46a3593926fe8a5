package io.autoserve.dashboard;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Reports what axe-core finds wrong with a page in its present state: labels, landmarks, contrast.
 */
final class Axe {
    private static final String RULES =
            text("/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js");

    private static final String VIOLATIONS =
            """
            async () => (await axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]})).violations
                .flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.html}`))
            """;

    private Axe() {}

    static List<?> violations(Page page) {
        page.evaluate(RULES); // not as a script element, which the page's policy forbids
        return (List<?>) page.evaluate(VIOLATIONS);
    }

    private static String text(String resource) {
        try (var in = Axe.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError(resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
