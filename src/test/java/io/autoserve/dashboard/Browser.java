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

/** Drives Debian's Chromium with Playwright, and records the errors that Chromium reports. */
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

    /** Opens a page at the width of a desktop screen, in the light theme. */
    Page open(URI address) {
        return open(address, 1280, ColorScheme.LIGHT);
    }

    /** Opens a page in a new browser context, without cookies or stored data. */
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
     * Records an error from the console, but not a download that failed because the network
     * changed. Each start or end of a container changes the network of the machine, and the browser
     * then stops its downloads.
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

    /**
     * Ignores the errors that the browser reports because the API answers requests with this
     * status.
     */
    void excuse(int status) {
        excused.add(status);
    }

    private static boolean refusal(String complaint, int status) {
        return failedToLoad(complaint)
                && complaint.contains("/api/v1/")
                && complaint.contains("status of %d ".formatted(status));
    }

    /** Returns the errors of scripts and on the console, without the excused ones. */
    List<String> complaints() {
        return complaints.stream()
                .filter(it -> excused.stream().noneMatch(status -> refusal(it, status)))
                .toList();
    }

    /** Closes the page, and returns the errors that the browser has reported. */
    List<String> forget() {
        var heard = complaints();
        complaints.clear();
        excused.clear();
        if (context != null) {
            context.close();
            context = null;
        }
        return heard;
    }

    @Override
    public void close() {
        forget();
        chromium.close();
        playwright.close();
    }
}
