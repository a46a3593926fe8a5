package io.autoserve.cli.wait;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.States;
import io.autoserve.cli.wait.AppReader.AppReading;
import java.time.Duration;
import java.util.Optional;

/**
 * Waits for one app. Each check decides whether the app has reached its goal, has failed or needs
 * more time.
 */
public final class AppWait {
    private static final String NO_ANSWER = "no controller answers";

    private final Api api;
    private final AppView asked;
    private final Goal goal;
    private final AppReader reader;
    private Optional<Pending> latest = Optional.empty();
    private Optional<Long> watchedSince = Optional.empty();

    /**
     * @param asked the app in the controller's answer to the request that changed it
     */
    AppWait(Api api, AppView asked, Goal goal) {
        this.api = api;
        this.asked = asked;
        this.goal = goal;
        reader = new AppReader(api, asked, goal);
    }

    sealed interface WaitStatus permits Pending, Ending {}

    /**
     * The app needs more time.
     *
     * @param progress how far the app is, such as {@code 1 of 3 ready}
     * @param moving the instances that the wait is for; empty if there are none
     * @param state the app's state, for the message of a timeout
     * @param trouble why an instance does not become ready; empty if nothing is known
     * @param doing what the app or its first instance that is not ready does at the moment
     * @param answered whether a controller answered this check
     */
    record Pending(
            String progress,
            String moving,
            String state,
            String trouble,
            String doing,
            boolean answered)
            implements WaitStatus {
        private static final Duration USUAL = Duration.ofSeconds(5);

        /**
         * Returns the reason to show with the progress. Most waits are over after a few seconds, so
         * what an instance does is worth a line only afterwards.
         */
        String reason(Duration passed) {
            return trouble.isEmpty() && passed.compareTo(USUAL) >= 0 ? doing : trouble;
        }

        /** Returns the state, with the trouble unless the state names it already. */
        String last() {
            var reason = trouble.substring(trouble.indexOf(": ") + 1).strip();
            return state.contains(reason) ? state : state + "; " + trouble;
        }

        String wayOut(String app) {
            return answered
                    ? "AutoServe keeps trying. Run `autoserve status %s`.".formatted(app)
                    : "Run `autoserve doctor` on the platform's machine to see why.";
        }
    }

    /** The wait for the app is over. */
    public sealed interface Ending extends WaitStatus {}

    /**
     * @param app the app as it is now; empty if the goal was that the app is gone
     */
    public record Reached(Optional<AppView> app) implements Ending {}

    /**
     * The wait ended before the app reached its goal.
     *
     * @param outcome a word or two, such as {@code rolled back}
     * @param reason the cause, without what the user can do
     * @param failure the failure for the user, which names the app, the reason and what the user
     *     can do
     */
    public record WaitFailed(String outcome, String reason, CommandFailure failure)
            implements Ending {}

    String name() {
        return asked.name();
    }

    /** Returns the last result that was not final; empty before the first check. */
    Optional<Pending> latest() {
        return latest;
    }

    /**
     * Asks a controller once. Returns an error as a status and never throws a {@link
     * CommandFailure}, so that an error ends only the wait for this app.
     */
    WaitStatus check() {
        var status = judged();
        if (status instanceof Pending pending) {
            latest = Optional.of(pending);
        }
        return status;
    }

    /** Returns for how long this waits after all instances are ready. */
    Duration watch() {
        return goal == Goal.SERVING ? asked.watch() : Duration.ZERO;
    }

    WaitFailed timedOut(Duration passed) {
        var state = latest.map(Pending::last).orElse(asked.reason());
        return new WaitFailed(
                "timed out",
                state,
                CommandFailure.of(
                        Exit.TIMED_OUT,
                        "%s is not %s after %s: %s. %s"
                                .formatted(
                                        watchedSince.isEmpty()
                                                ? name()
                                                : "the rollout of " + name(),
                                        watchedSince.isEmpty() ? goal.word() : "complete",
                                        HumanUnits.seconds(passed),
                                        state,
                                        latest.map(it -> it.wayOut(name()))
                                                .orElse(
                                                        "Run `autoserve status %s`."
                                                                .formatted(name())))));
    }

    private WaitStatus judged() {
        try {
            return switch (reader.next()) {
                case AppReading.Outdated _ ->
                        unknown(
                                "change not seen yet",
                                "the controller has not seen the change yet",
                                "",
                                true);
                case AppReading.Fresh(var app) -> judged(app);
            };
        } catch (CommandFailure failure) {
            if (failure.mayPass()) {
                var reason = failure.text();
                return unknown(
                        NO_ANSWER, reason, reason.startsWith(NO_ANSWER) ? "" : reason, false);
            }
            return new WaitFailed(
                    "failed",
                    failure.text(),
                    CommandFailure.of(failure.exit(), name() + ": " + failure.text(), failure));
        }
    }

    private WaitStatus judged(Optional<AppView> app) {
        if (replaced(app)) { // comes first, because the ready instances may be of a newer revision
            var replacement = ConcurrentChange.of(api, asked);
            return failed(replacement.word(), replacement.reason(), "autoserve events --app ");
        }
        if (goal.reached(app)) {
            return new Reached(app);
        }
        if (app.isEmpty()) {
            return failed("deleted", "the app was deleted", "autoserve events --app ");
        }
        return judged(app.get());
    }

    private WaitStatus judged(AppView app) {
        if (goal.runs() && app.paused().isPresent()) {
            return paused(app.paused().get());
        }
        if (goal.hopeless(app)) {
            return failed(
                    States.word(app.state()),
                    app.reason(),
                    app.state().equals("ReleaseFailed")
                            ? "autoserve task list "
                            : "autoserve logs ");
        }
        watchedSince =
                goal.awaitsWatch(app)
                        ? watchedSince.or(() -> Optional.of(System.nanoTime()))
                        : Optional.empty();
        return new Pending(
                goal.progress(app),
                Goal.moving(app),
                watchedSince.map(since -> watched(app, since)).orElse(app.reason()),
                Goal.trouble(app).orElse(""),
                Goal.doing(app),
                true);
    }

    /** Describes how long a rollout whose instances are all ready is still watched at most. */
    private static String watched(AppView app, long since) {
        var left = app.watch().minusNanos(System.nanoTime() - since);
        return "all %d ready; the rollout is watched for another %d s: raise --timeout"
                .formatted(app.ready(), Math.max(0, left.toSeconds()));
    }

    private static Pending unknown(
            String progress, String state, String trouble, boolean answered) {
        return new Pending(progress, "", state, trouble, state, answered);
    }

    private boolean replaced(Optional<AppView> app) {
        return goal.runs() && app.filter(it -> it.revision() > asked.revision()).isPresent();
    }

    /**
     * Returns a failure that ends the wait, because a paused rollout continues only when an
     * operator resumes it, perhaps in a year.
     */
    private WaitFailed paused(String reason) {
        return new WaitFailed(
                "paused",
                reason,
                CommandFailure.of(
                        Exit.FAILED,
                        ("the rollout of %s is paused (%s). Run `autoserve rollout resume %s` to"
                                        + " continue or `autoserve rollout undo %s` to roll back.")
                                .formatted(name(), reason, name(), name())));
    }

    private WaitFailed failed(String outcome, String reason, String command) {
        return new WaitFailed(
                outcome,
                reason,
                CommandFailure.of(
                        Exit.FAILED,
                        "%s failed to become %s: %s. Run `%s%s`."
                                .formatted(name(), goal.word(), reason, command, name())));
    }
}
