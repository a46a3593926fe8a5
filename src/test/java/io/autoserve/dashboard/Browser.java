package io.autoserve.dashboard;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.ColorScheme;
import io.autoserve.testing.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Debian's Chromium, driven by Playwright, and what it complained about. */
final class Browser implements AutoCloseable {
    private static final double PATIENCE_MILLIS = Eventually.PATIENCE.toMillis();

    private final Playwright playwright =
            Playwright.create(
                    new Playwright.CreateOptions()
                            .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    private final com.microsoft.playwright.Browser chromium =
            playwright
                    .chromium()
                    .launch(
                            new LaunchOptions()
                                    .setTimeout(PATIENCE_MILLIS)
                                    .setExecutablePath(Path.of("/usr/bin/chromium"))
                                    .setArgs(
                                            List.of(
                                                    "--headless",
                                                    "--no-sandbox",
                                                    "--disable-gpu",
                                                    "--disable-quic",
                                                    "--no-first-run",
                                                    "--disable-background-networking",
                                                    "--disable-component-update",
                                                    "--disable-sync")));
    private final List<String> complaints = new ArrayList<>();
    private final Set<Integer> excused = new HashSet<>();
    private @Nullable BrowserContext context;

    Browser() {
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    /** A desk's screen, by day. */
    Page open(URI address) {
        return open(address, 1280, ColorScheme.LIGHT);
    }

    /** A browser that was never here before. */
    Page open(URI address, int width, ColorScheme theme) {
        forget();
        var fresh =
                chromium.newContext(
                        new com.microsoft.playwright.Browser.NewContextOptions()
                                .setViewportSize(width, 900)
                                .setColorScheme(theme));
        context = fresh;
        var page = fresh.newPage();
        page.setDefaultTimeout(PATIENCE_MILLIS);
        page.onConsoleMessage(this::heard);
        page.onPageError(complaints::add);
        page.navigate(address.toString());
        return page;
    }

    /**
     * On the machine of the containers, each that comes or goes is a change of the network, on
     * which a browser drops what it loads.
     */
    private void heard(ConsoleMessage message) {
        if (message.type().equals("error")
                && !(failedToLoad(message.text())
                        && message.text().contains("ERR_NETWORK_CHANGED"))) {
            complaints.add("%s (%s)".formatted(message.text(), message.location()));
        }
    }

    private static boolean failedToLoad(String complaint) {
        return complaint.startsWith("Failed to load resource");
    }

    /** That the API refuses by this status is an answer here, though the browser mourns it. */
    void excuse(int status) {
        excused.add(status);
    }

    private static boolean refusal(String complaint, int status) {
        return failedToLoad(complaint)
                && complaint.contains("/api/v1/")
                && complaint.contains("status of %d ".formatted(status));
    }

    /** Errors, on the console and of scripts, that nobody excused. */
    List<String> complaints() {
        return complaints.stream()
                .filter(it -> excused.stream().noneMatch(status -> refusal(it, status)))
                .toList();
    }

    void forget() {
        complaints.clear();
        excused.clear();
        if (context != null) {
            context.close();
            context = null;
        }
    }

    @Override
    public void close() {
        forget();
        chromium.close();
        playwright.close();
    }
}
