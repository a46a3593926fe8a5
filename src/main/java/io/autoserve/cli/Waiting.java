package io.autoserve.cli;

import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --wait}: stays until the app is what was asked for, saying what it waits for. */
final class Waiting {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    @Option(names = "--wait", description = "Return only when it is so.")
    private boolean wanted;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Give up --wait after this long, like 90s or 5m (default 60s).")
    private Duration timeout = Duration.ofSeconds(60);

    void await(Api api, Terminal terminal, String name, Goal goal) {
        if (wanted) {
            watch(api, terminal, name, goal);
        }
    }

    private void watch(Api api, Terminal terminal, String name, Goal goal) {
        var start = System.nanoTime();
        try (var progress = terminal.progress()) {
            while (true) {
                var app = api.find("/api/v1/apps/" + name).map(AppView::of);
                var passed = Duration.ofNanos(System.nanoTime() - start);
                if (goal.reached(app)) {
                    progress.end(done(terminal, name, goal, app, passed));
                    return;
                }
                check(name, goal, app, passed);
                app.ifPresent(it -> show(progress, it, goal, passed));
                pause();
            }
        }
    }

    private void check(String name, Goal goal, Optional<AppView> app, Duration passed) {
        var state = app.map(AppView::reason).orElse("the app is gone");
        if (app.isEmpty() || goal.hopeless(app.get())) {
            throw Failure.of(
                    Exit.FAILED,
                    "%s will not get there by itself: %s; see 'autoserve status %s' and 'autoserve logs %s'"
                            .formatted(name, state, name, name));
        }
        if (passed.compareTo(timeout) > 0) {
            throw Failure.of(
                    Exit.TIMED_OUT,
                    "%s is not there after %s: %s; it goes on, see 'autoserve status %s'"
                            .formatted(name, Humane.seconds(passed), state, name));
        }
    }

    private static void show(Progress progress, AppView app, Goal goal, Duration passed) {
        var moving = Goal.moving(app);
        progress.show(
                "%s: %s%s"
                        .formatted(
                                app.name(),
                                goal.progress(app),
                                moving.isEmpty() ? " (" : " (" + moving + ", "),
                Humane.seconds(passed) + ")",
                Goal.trouble(app).map(it -> "; " + it).orElse(""));
    }

    private static String done(
            Terminal terminal, String name, Goal goal, Optional<AppView> app, Duration passed) {
        return "%s %s: %s %s"
                .formatted(
                        terminal.paint(Paint.GOOD, "✓"),
                        name,
                        switch (goal) {
                            case SERVING -> app.map(goal::progress).orElse("");
                            case STOPPED -> "stopped";
                            case GONE -> "gone";
                        },
                        terminal.paint(Paint.FAINT, "(" + Humane.seconds(passed) + ")"));
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.of(Exit.FAILED, "interrupted", e);
        }
    }
}
