package io.autoserve.cli.wait;

import static java.util.Comparator.naturalOrder;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Progress;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.cli.wait.AppWait.Pending;
import io.autoserve.cli.wait.AppWait.Reached;
import io.autoserve.cli.wait.AppWait.WaitFailed;
import io.autoserve.cli.wait.AppsWait.EndedWait;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options {@code --wait} and {@code --timeout}. Waits until apps reach a goal, and shows
 * progress.
 */
public final class WaitOptions {
    private static final Duration BETWEEN_CHECKS = Duration.ofMillis(100);
    private static final Duration STANDARD = Duration.ofMinutes(5);

    @Option(
            names = "--wait",
            description =
                    "Wait until the change is complete. After apply and rollout undo, a rollout is"
                            + " complete after its watchSeconds, because it can be rolled back"
                            + " until then.")
    private boolean enabled;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description =
                    "End --wait after this time, such as 90s or 10m (default 5m, and the"
                            + " watchSeconds of a rollout that is waited for).")
    private @Nullable Duration timeout;

    public boolean enabled() {
        return enabled;
    }

    /**
     * @param asked the app in the controller's answer to the request that changed it
     */
    public void await(Api api, Terminal terminal, AppView asked, Goal goal) {
        if (enabled) {
            watch(new AppWait(api, asked, goal), terminal, goal);
        }
    }

    /**
     * Waits for several apps at once. The timeout is for all of them together.
     *
     * @param asked the apps in the controller's answers to the requests that changed them
     * @return how each wait ended, by the app's name; empty without {@code --wait}
     */
    public Map<String, EndedWait> awaitAll(
            Api api, Terminal terminal, List<AppView> asked, Goal goal) {
        if (!enabled) {
            return Map.of();
        }
        try (var progress = terminal.progress()) {
            var apps = asked.stream().map(it -> new AppWait(api, it, goal)).toList();
            return new AppsWait(apps, goal, timeout(apps)).await(progress);
        }
    }

    private Duration timeout(List<AppWait> apps) {
        return timeout == null
                ? apps.stream()
                        .map(AppWait::watch)
                        .max(naturalOrder())
                        .orElse(Duration.ZERO)
                        .plus(STANDARD)
                : timeout;
    }

    private void watch(AppWait app, Terminal terminal, Goal goal) {
        var start = System.nanoTime();
        var limit = timeout(List.of(app));
        try (var progress = terminal.progress()) {
            while (true) {
                var status = app.check();
                var passed = Duration.ofNanos(System.nanoTime() - start);
                switch (status) {
                    case Pending pending -> show(progress, app.name(), pending, passed);
                    case WaitFailed failed -> throw failed.failure();
                    case Reached(var seen) -> {
                        progress.end(done(terminal, app.name(), goal, seen, passed));
                        return;
                    }
                }
                if (passed.compareTo(limit) > 0) {
                    throw app.timedOut(passed).failure();
                }
                pause();
            }
        }
    }

    private static void show(Progress progress, String name, Pending pending, Duration passed) {
        var moving = pending.moving();
        var reason = pending.reason(passed);
        progress.show(
                "%s: %s%s"
                        .formatted(
                                name,
                                pending.progress(),
                                moving.isEmpty() ? " (" : " (" + moving + ", "),
                HumanUnits.seconds(passed) + ")",
                reason.isEmpty() ? "" : "; " + reason);
    }

    private static String done(
            Terminal terminal, String name, Goal goal, Optional<AppView> app, Duration passed) {
        return "%s %s: %s %s"
                .formatted(
                        terminal.paint(Paint.GOOD, "✓"),
                        name,
                        switch (goal) {
                            case SERVING, READY -> app.map(goal::progress).orElse("");
                            case STOPPED, GONE -> goal.word();
                        },
                        terminal.paint(Paint.FAINT, "(" + HumanUnits.seconds(passed) + ")"));
    }

    static void pause() {
        try {
            Thread.sleep(BETWEEN_CHECKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", e);
        }
    }
}
