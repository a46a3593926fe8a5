package io.autoserve.cli.wait;

import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Progress;
import io.autoserve.cli.wait.AppWait.Ending;
import io.autoserve.cli.wait.AppWait.Pending;
import io.autoserve.cli.wait.AppWait.Reached;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Waits for several apps at once. An app that fails does not end the wait for the others. The
 * timeout is for all of them together.
 */
public final class AppsWait {
    private final List<AppWait> all;
    private final Deque<AppWait> pending;
    private final Map<String, EndedWait> ended = new LinkedHashMap<>();
    private final Goal goal;
    private final Duration timeout;
    private final long start = System.nanoTime();

    /**
     * @param after duration of the wait for this app
     */
    public record EndedWait(Ending ending, Duration after) {}

    AppsWait(List<AppWait> all, Goal goal, Duration timeout) {
        this.all = all;
        this.goal = goal;
        this.timeout = timeout;
        pending = new ArrayDeque<>(all);
    }

    /** Waits for all apps and returns how each wait ended, by the app's name. */
    Map<String, EndedWait> await(Progress progress) {
        pass();
        while (!pending.isEmpty() && !over()) {
            show(progress);
            WaitOptions.pause();
            pass();
        }
        pending.forEach(app -> end(app, app.timedOut(passed())));
        return ended;
    }

    /**
     * Checks each pending app once. Stops early if no controller answers or the timeout has passed.
     */
    private void pass() {
        var answered = true;
        for (var left = pending.size(); left > 0 && answered && mayCheck(); left--) {
            var app = pending.remove();
            switch (app.check()) {
                case Ending ending -> end(app, ending);
                case Pending it -> {
                    pending.add(app);
                    answered = it.answered();
                }
            }
        }
    }

    /**
     * Returns whether the next app may be checked. Every app gets one check, however short the
     * timeout is.
     */
    private boolean mayCheck() {
        return !over() || pending.element().latest().isEmpty();
    }

    private void end(AppWait app, Ending ending) {
        ended.put(app.name(), new EndedWait(ending, passed()));
    }

    private boolean over() {
        return passed().compareTo(timeout) > 0;
    }

    private Duration passed() {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void show(Progress progress) {
        var done = ended.values().stream().filter(it -> it.ending() instanceof Reached).count();
        var failed = ended.size() - done;
        progress.show(
                "%d of %d apps %s%s ("
                        .formatted(
                                done,
                                all.size(),
                                goal.word(),
                                failed == 0 ? "" : ", " + failed + " failed"),
                HumanUnits.seconds(passed()) + ")",
                slowest());
    }

    /**
     * Describes the progress of the first app that is not ready. Apps with trouble come before
     * others.
     */
    private String slowest() {
        var slow = all.stream().filter(app -> !ended.containsKey(app.name())).toList();
        return slow.stream()
                .filter(app -> app.latest().filter(it -> !it.trouble().isEmpty()).isPresent())
                .findFirst()
                .or(() -> slow.stream().findFirst())
                .flatMap(app -> app.latest().map(it -> text(app.name(), it)))
                .orElse("");
    }

    private String text(String name, Pending pending) {
        var reason = pending.reason(passed());
        return "; %s: %s%s"
                .formatted(name, pending.progress(), reason.isEmpty() ? "" : "; " + reason);
    }
}
