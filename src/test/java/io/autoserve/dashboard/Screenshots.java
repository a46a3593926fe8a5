package io.autoserve.dashboard;

import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.options.ColorScheme;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes the README's screenshots. It first deletes all apps of a platform, then adds its own apps
 * and simulated users. The platform must not be in use otherwise. {@code src/tools/screenshots}
 * runs this class.
 */
final class Screenshots implements AutoCloseable {
    private static final Duration BUSY = Duration.ofMinutes(5);

    private final ApiClient api;
    private final URI address;
    private final Path folder;
    private final Browser browser = new Browser();
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient users = vertx.createHttpClient();

    private Screenshots(URI address, Path folder) {
        this.address = address;
        this.folder = folder;
        api = new ApiClient(address);
    }

    /**
     * @param arguments the API's address, the folder to write to, and how many seconds users send
     *     requests before the pictures are taken (300 by default)
     */
    public static void main(String... arguments) {
        var busy = arguments.length > 2 ? Duration.ofSeconds(Long.parseLong(arguments[2])) : BUSY;
        try (var screenshots = new Screenshots(URI.create(arguments[0]), Path.of(arguments[1]))) {
            screenshots.fill();
            screenshots.serve(busy);
            screenshots.look();
        }
    }

    private void fill() {
        api.deleteAll();
        api.apply(DemoApp.named("blog").replicas(2));
        api.apply(DemoApp.named("payments").replicas(3).environment("ERROR_RATE", "0.02"));
        api.apply(DemoApp.named("reports").replicas(2).environment("CRASH_AFTER_MS", "4000"));
        api.apply(DemoApp.named("search").replicas(8).environment("LATENCY_MS", "12"));
        api.apply(shop());
        api.awaitReady("blog", 2);
        api.awaitReady("search", 8);
        api.awaitReady("shop", 6);
    }

    private static DemoApp shop() {
        return DemoApp.named("shop")
                .replicas(6)
                .routing("domains: [shop.example.com]")
                .rollout("steps: [{weight: 20, holdSeconds: 600}, {weight: 50, holdSeconds: 600}]");
    }

    /**
     * Simulates users. The rate of their requests rises and falls, for each app in its own rhythm.
     */
    private void serve(Duration busy) {
        ask("shop", 60, 17);
        ask("search", 25, 41);
        ask("payments", 12, 29);
        ask("blog", 3, 53);
        rest(busy.multipliedBy(7).dividedBy(10));
        api.scale("search", 10);
        rest(busy.dividedBy(10));
        api.apply(shop().environment("GREETING", "hello"));
        rest(busy.dividedBy(5));
    }

    private void ask(String app, int perSecond, int rhythm) {
        var question =
                new RequestOptions()
                        .setMethod(HttpMethod.GET)
                        .setServer(SocketAddress.inetSocketAddress(80, "127.0.0.1"))
                        .setHost(app + ".localhost")
                        .setURI("/");
        vertx.setPeriodic(
                1000L / perSecond,
                _ -> {
                    var wave = Math.sin(System.nanoTime() / 1e9 / rhythm);
                    if (Math.random() < 0.6 + 0.4 * wave) {
                        users.request(question)
                                .compose(
                                        request -> request.send().compose(answer -> answer.body()));
                    }
                });
    }

    private void look() {
        shoot("overview-light", "#/", 1280, 860, ColorScheme.LIGHT);
        shoot("overview-dark", "#/", 1280, 860, ColorScheme.DARK);
        shoot("app-light", "#/apps/shop", 1280, 1080, ColorScheme.LIGHT);
        shoot("app-dark", "#/apps/shop", 1280, 1080, ColorScheme.DARK);
        shoot("failing-light", "#/apps/reports", 1280, 1080, ColorScheme.LIGHT);
        shoot("failing-dark", "#/apps/reports", 1280, 1080, ColorScheme.DARK);
        shoot("deployments-light", "#/apps/shop/deployments", 1280, 860, ColorScheme.LIGHT);
        shoot("cluster-light", "#/cluster", 1280, 860, ColorScheme.LIGHT);
        shoot("register-light", "#/new", 1280, 860, ColorScheme.LIGHT);
        shoot("logs-light", "#/logs?q=GET", 1280, 860, ColorScheme.LIGHT);
        shoot("secrets-light", "#/secrets", 1280, 860, ColorScheme.LIGHT);
        shoot("tokens-light", "#/tokens", 1280, 860, ColorScheme.LIGHT);
        shoot("audit-dark", "#/audit", 1280, 860, ColorScheme.DARK);
        shoot("phone-light", "#/", 390, 900, ColorScheme.LIGHT);
        shoot("phone-dark", "#/apps/shop", 390, 900, ColorScheme.DARK);
    }

    private void shoot(String name, String fragment, int width, int height, ColorScheme theme) {
        var page = browser.open(address.resolve("/" + fragment), width, theme);
        page.setViewportSize(width, height);
        page.locator(".panel").first().waitFor();
        page.waitForTimeout(2500); // for figures that arrive after the page is first drawn
        page.screenshot(new ScreenshotOptions().setPath(folder.resolve(name + ".png")));
    }

    private static void rest(Duration length) {
        var end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    @Override
    public void close() {
        browser.close();
        vertx.close(); // stops the users' timers, and then the client
        api.close();
    }
}
