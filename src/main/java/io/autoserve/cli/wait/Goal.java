package io.autoserve.cli.wait;

import io.autoserve.cli.client.AppView;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.States;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/** The state that {@code --wait} waits for. */
public enum Goal {
    /** All instances are ready, and the rollout is complete, if there was one. */
    SERVING("ready") {
        @Override
        boolean reached(Optional<AppView> app) {
            return app.filter(it -> healthy(it) && it.replaces().isEmpty()).isPresent();
        }

        @Override
        String progress(AppView app) {
            return watched(app)
                    ? "%s, watching revision %d".formatted(readiness(app), app.revision())
                    : readiness(app);
        }
    },
    /** All instances are ready. A rollout under way may still be watched. */
    READY("ready") {
        @Override
        boolean reached(Optional<AppView> app) {
            return app.filter(Goal::healthy).isPresent();
        }

        @Override
        String progress(AppView app) {
            return readiness(app);
        }
    },
    STOPPED("stopped") {
        @Override
        boolean reached(Optional<AppView> app) {
            return app.filter(it -> it.state().equals("Stopped") && it.current() == 0).isPresent();
        }

        @Override
        String progress(AppView app) {
            return HumanUnits.count(app.current(), "instance") + " left";
        }
    },
    GONE("deleted") {
        @Override
        boolean reached(Optional<AppView> app) {
            return app.isEmpty();
        }

        @Override
        String progress(AppView app) {
            return HumanUnits.count(app.current(), "instance") + " left";
        }
    };

    private final String word;

    Goal(String word) {
        this.word = word;
    }

    /** Returns the word for an app that has reached the goal. */
    public String word() {
        return word;
    }

    abstract boolean reached(Optional<AppView> app);

    abstract String progress(AppView app);

    /**
     * Returns whether the app cannot reach the goal, so that waiting longer is of no use. A rollout
     * whose instances crash is rolled back or paused soon, and only then is its outcome known.
     */
    boolean hopeless(AppView app) {
        return runs()
                && switch (app.state()) {
                    case "CrashLooping" -> app.replaces().isEmpty();
                    case "ReleaseFailed" -> true;
                    default -> false;
                };
    }

    /** Returns whether the goal is that instances of the app run. */
    boolean runs() {
        return switch (this) {
            case SERVING, READY -> true;
            case STOPPED, GONE -> false;
        };
    }

    /** Returns whether all instances are ready and only the time of watching is left to wait. */
    boolean awaitsWatch(AppView app) {
        return this == SERVING && watched(app);
    }

    private static boolean watched(AppView app) {
        return healthy(app) && app.replaces().isPresent();
    }

    private static String readiness(AppView app) {
        var surplus = app.current() - app.desired();
        var ready = "%d of %d ready".formatted(app.ready(), app.desired());
        return surplus > 0 && app.ready() >= app.desired()
                ? "%s, %d to remove".formatted(ready, surplus)
                : ready;
    }

    private static boolean healthy(AppView app) {
        return app.ready() == app.desired()
                && app.current() == app.desired()
                && !app.state().equals("Updating");
    }

    /**
     * Returns why an instance has failed or does not become ready. If there are several such
     * instances, one of the newest revision is named.
     */
    static Optional<String> trouble(AppView app) {
        return app.instances().stream()
                .filter(AppView.Instance::troubled)
                .max(Comparator.comparingInt(AppView.Instance::revision))
                .map(instance -> instance.name() + ": " + instance.reason());
    }

    /** Returns what the first instance that is not ready does, or else the reason of the app. */
    static String doing(AppView app) {
        return app.instances().stream()
                .filter(instance -> !instance.ready() && !instance.reason().isEmpty())
                .findFirst()
                .map(instance -> instance.name() + ": " + instance.reason())
                .orElse(app.reason());
    }

    /** Returns the first three instances that are not ready, such as {@code web-2 starting}. */
    static String moving(AppView app) {
        return app.instances().stream()
                .filter(instance -> !instance.ready())
                .limit(3)
                .map(instance -> instance.name() + " " + States.word(instance.word()))
                .collect(Collectors.joining(", "));
    }
}
