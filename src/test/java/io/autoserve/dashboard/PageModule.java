package io.autoserve.dashboard;

import com.microsoft.playwright.Page;
import java.util.List;

/** Calls functions of the dashboard's JavaScript modules, without drawing anything. */
final class PageModule {
    private static final String CALL =
            """
            async ([file, name, given]) => {
                const main = document.querySelector("script[type=module]").src;
                const module = await import(new URL(file, main));
                return JSON.stringify(module[name](...JSON.parse(given)));
            }
            """;

    private PageModule() {}

    /**
     * Returns the result as JSON.
     *
     * @param page any page of the dashboard
     * @param arguments a list in JSON
     */
    static String call(Page page, String file, String function, String arguments) {
        return (String) page.evaluate(CALL, List.of(file, function, arguments));
    }
}
