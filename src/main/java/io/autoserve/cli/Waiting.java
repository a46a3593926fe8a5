package io.autoserve.cli;

import io.autoserve.cli.Looks.Look;
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

    /**
     * @param asked the app as the controller answered that was asked to change it
     */
    void await(Api api, Terminal terminal, AppView asked, Goal goal) {
        if (wanted) {
            watch(api, terminal, asked, goal);
        }
    }

    private void watch(Api api, Terminal terminal, AppView asked, Goal goal) {
        var looks = new Looks(api, asked, goal);
        var start = System.nanoTime();
        try (var progress = terminal.progress()) {
            while (true) {
                var look = looks.next();
                var passed = Duration.ofNanos(System.nanoTime() - start);
                switch (look) {
                    case Look.Nothing nothing ->
                            progress.show(
                                    "%s: %s (".formatted(asked.name(), nothing.word()),
                                    Humane.seconds(passed) + ")",
                                    "");
                    case Look.Seen(var app) -> {
                        requireUnchanged(api, asked, goal, app);
                        if (goal.reached(app)) {
                            progress.end(done(terminal, asked.name(), goal, app, passed));
                            return;
                        }
                        requireProgress(asked.name(), goal, app);
                        requireHope(asked.name(), goal, app, look.state());
                        app.ifPresent(it -> show(progress, it, goal, passed));
                    }
                }
                requireTime(asked.name(), look.state(), passed);
                pause();
            }
        }
    }

    /** What serves instead may look just like success. */
    private static void requireUnchanged(Api api, AppView asked, Goal goal, Optional<AppView> app) {
        if (goal == Goal.SERVING
                && app.filter(it -> it.revision() > asked.revision()).isPresent()) {
            throw Failure.of(
                    Exit.FAILED,
                    "%s; see 'autoserve events --app %s'"
                            .formatted(Overtaking.of(api, asked), asked.name()));
        }
    }

    /** A rollout that is held goes on when somebody says so, be it in a year. */
    private static void requireProgress(String name, Goal goal, Optional<AppView> app) {
        var held = app.flatMap(AppView::paused);
        if (goal == Goal.SERVING && held.isPresent()) {
            throw Failure.of(
                    Exit.FAILED,
                    "the rollout of %s is held (%s): 'autoserve rollout resume %s' goes on, 'autoserve rollout undo %s' takes it back"
                            .formatted(name, held.get(), name, name));
        }
    }

    private static void requireHope(String name, Goal goal, Optional<AppView> app, String state) {
        if (app.isEmpty() || goal.hopeless(app.get())) {
            throw Failure.of(
                    Exit.FAILED,
                    "%s will not get there by itself: %s; see 'autoserve status %s' and 'autoserve logs %s'"
                            .formatted(name, state, name, name));
        }
    }

    private void requireTime(String name, String state, Duration passed) {
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
