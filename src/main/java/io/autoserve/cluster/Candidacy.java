package io.autoserve.cluster;

import io.autoserve.model.Term;
import java.time.Duration;
import java.util.List;

/**
 * Decides how a controller becomes the leader, and when it stops leading. The next state and the
 * steps to take depend only on the present state, the input, the monotonic time in nanoseconds and
 * a random number.
 *
 * <pre>
 *   Away ──connected──► Waiting ──granted──► Chosen ──enthroned──► Leading ──resigned──► Retired
 *    ▲                     │                    │                     │
 *    └─────────────────────┴────── any doubt ───┴─────────────────────┘
 * </pre>
 *
 * A controller whose answer comes too late to be trusted is Late between Chosen and Leading.
 */
sealed interface Candidacy {
    /**
     * Waits before the connect that follows a session. The random part is smaller than on the other
     * paths to a database, because only a few controllers compete, and the apps have no leader
     * until one of them has connected.
     */
    ExponentialBackoff BACKOFF =
            new ExponentialBackoff(Duration.ofMillis(100), Duration.ofMillis(1500), 0.5);

    /**
     * How long a candidate waits for the lock in the database before it asks again. This must be
     * shorter than {@code statement_timeout}. If a candidate freezes while it waits, the database
     * may still give it the lock for this long, and takes the lock back after {@code
     * idle_session_timeout}.
     */
    Duration PATIENCE = Duration.ofMillis(750);

    /**
     * How long a candidate waits for an answer before it gives up the session. This may be longer
     * than {@link #TRUST}, because a candidate does not act. On a slow machine, a new session costs
     * more than a late answer.
     */
    Duration ANSWER = Duration.ofSeconds(3);

    /** Time between two queries by which a leader checks that its term still lasts. */
    Duration BEAT = Duration.ofMillis(500);

    /**
     * How long the leader trusts an answer, counted from when its query was sent. This must be
     * shorter than {@code idle_session_timeout}, after which the database ends the session and can
     * give the lock to another controller. The leader counts from its query, and the database from
     * its answer, which it sends later. The difference between the two durations therefore only has
     * to cover clocks that differ and timers that fire late.
     */
    Duration TRUST = Duration.ofMillis(1500);

    /**
     * The controller has no connection.
     *
     * @param failures how many sessions failed in a row. A session that waited for the lock for the
     *     whole {@link #PATIENCE}, or that wrote a term, did not fail
     */
    record Away(int failures) implements Candidacy {}

    /**
     * The controller waits for the lock in the database. Another controller leads, or none does.
     *
     * @param failures how many sessions failed in a row before this one has lasted
     */
    record Waiting(int failures) implements Candidacy {}

    /** The controller holds the lock, and the write of its term is in flight. */
    record Chosen(long askedAt, int failures) implements Candidacy {}

    /**
     * The controller holds the lock and has written its term, but the write took so long that its
     * answer cannot be trusted. It asks the database whether the term still lasts.
     */
    record Late(Term term, long askedAt) implements Candidacy {}

    /**
     * The controller leads.
     *
     * @param askedAt monotonic time at which the last query was sent, in nanoseconds
     * @param trustedUntil monotonic time until which the last answer is trusted, in nanoseconds
     */
    record Leading(Term term, long askedAt, long trustedUntil) implements Candidacy {
        boolean trusted(long now) {
            return now - trustedUntil < 0; // subtracted, since System.nanoTime() may overflow
        }

        private boolean answered() {
            return trustedUntil == askedAt + TRUST.toNanos();
        }
    }

    /** The controller has resigned and no longer stands for election. */
    record Retired() implements Candidacy {}

    /** The outcome of a step, or an event that no step caused. */
    sealed interface Input {
        record Connected() implements Input {}

        /** The controller waited for the lock in vain. */
        record Refused() implements Input {}

        record Granted() implements Input {}

        record Enthroned(Term term) implements Input {}

        record Confirmed() implements Input {}

        /** A failure or any other outcome that is not a clear answer. */
        record Doubted(String reason) implements Input {}

        /** The time set by {@link Step.WakeAfter} has passed. */
        record Ticked() implements Input {}

        record Resigned() implements Input {}
    }

    sealed interface Step {
        record Connect() implements Step {}

        /** Waits for the lock in the database, at most for {@link #PATIENCE}. */
        record AwaitLock() implements Step {}

        record WriteTerm() implements Step {}

        record ReadTerm(Term term) implements Step {}

        record TellElected(Term term) implements Step {}

        record TellDeposed(Term term, String reason) implements Step {}

        /** Records the resignation in the database and releases the lock, then disconnects. */
        record HandOver(Term term) implements Step {}

        record Disconnect() implements Step {}

        /** Sets the only timer. If it was already set, the new delay replaces the earlier one. */
        record WakeAfter(Duration delay) implements Step {}
    }

    /** The next state, with the steps to take in their order. */
    record Move(Candidacy candidacy, List<Step> steps) {
        private static Move to(Candidacy candidacy, Step... steps) {
            return new Move(candidacy, List.of(steps));
        }
    }

    /**
     * @param now monotonic time in nanoseconds
     * @param chance a random number from 0 to 1, which spreads the pauses of the controllers
     */
    default Move on(Input outcome, long now, double chance) {
        return switch (this) {
            case Away(var failures) -> whileAway(failures, outcome, chance);
            case Waiting(var failures) -> whileWaiting(failures, outcome, now, chance);
            case Chosen chosen -> whileChosen(chosen, outcome, now, chance);
            case Late late -> whileLate(late, outcome, now, chance);
            case Leading leading -> whileLeading(leading, outcome, now, chance);
            case Retired() -> whileRetired(outcome);
        };
    }

    private Move whileAway(int failures, Input outcome, double chance) {
        return switch (outcome) {
            case Input.Ticked() -> Move.to(this, new Step.Connect());
            case Input.Connected() -> awaitLock(failures);
            case Input.Doubted _ -> Move.to(new Away(failures + 1), pause(failures, chance));
            case Input.Resigned() -> retire();
            case Input.Refused _, Input.Granted _, Input.Enthroned _, Input.Confirmed _ ->
                    Move.to(this);
        };
    }

    private static Move whileWaiting(int failures, Input outcome, long now, double chance) {
        return switch (outcome) {
            case Input.Refused() -> awaitLock(0);
            case Input.Granted() ->
                    Move.to(
                            new Chosen(now, failures),
                            new Step.WriteTerm(),
                            new Step.WakeAfter(ANSWER));
            case Input.Resigned() -> retire();
            case Input.Doubted _,
                    Input.Ticked _,
                    Input.Connected _,
                    Input.Enthroned _,
                    Input.Confirmed _ ->
                    startOver(failures, chance);
        };
    }

    private static Move whileChosen(Chosen chosen, Input outcome, long now, double chance) {
        return switch (outcome) {
            case Input.Enthroned(var term) -> lead(term, chosen.askedAt, now);
            case Input.Resigned() -> retire();
            case Input.Doubted _,
                    Input.Ticked _,
                    Input.Connected _,
                    Input.Refused _,
                    Input.Granted _,
                    Input.Confirmed _ ->
                    startOver(chosen.failures, chance);
        };
    }

    private static Move whileLate(Late late, Input outcome, long now, double chance) {
        return switch (outcome) {
            case Input.Confirmed() -> lead(late.term, late.askedAt, now);
            case Input.Resigned() -> retire();
            case Input.Doubted _,
                    Input.Ticked _,
                    Input.Connected _,
                    Input.Refused _,
                    Input.Granted _,
                    Input.Enthroned _ ->
                    startOver(0, chance);
        };
    }

    private Move whileLeading(Leading leading, Input outcome, long now, double chance) {
        var term = leading.term;
        if (outcome instanceof Input.Resigned) {
            return Move.to(
                    new Retired(), new Step.TellDeposed(term, "resigned"), new Step.HandOver(term));
        }
        if (!leading.trusted(now)) { // even an answer that confirms the term may come too late
            return depose(
                    term, "no answer from the database for " + TRUST.toMillis() + " ms", chance);
        }
        return switch (outcome) {
            case Input.Ticked() when leading.answered() ->
                    Move.to(
                            new Leading(term, now, leading.trustedUntil),
                            new Step.ReadTerm(term),
                            new Step.WakeAfter(Duration.ofNanos(leading.trustedUntil - now)));
            case Input.Ticked() -> // a timer may fire early by a fraction of a millisecond
                    Move.to(this, new Step.WakeAfter(Duration.ofNanos(leading.trustedUntil - now)));
            case Input.Confirmed() ->
                    Move.to(
                            new Leading(term, leading.askedAt, leading.askedAt + TRUST.toNanos()),
                            nextBeat(leading.askedAt, now));
            case Input.Doubted(var reason) -> depose(term, reason, chance);
            case Input.Connected _,
                    Input.Refused _,
                    Input.Granted _,
                    Input.Enthroned _,
                    Input.Resigned _ ->
                    depose(term, "an unexpected answer: " + outcome, chance);
        };
    }

    private Move whileRetired(Input outcome) {
        return outcome instanceof Input.Connected
                ? Move.to(this, new Step.Disconnect())
                : Move.to(this);
    }

    private static Move awaitLock(int failures) {
        return Move.to(
                new Waiting(failures),
                new Step.AwaitLock(),
                new Step.WakeAfter(PATIENCE.plus(ANSWER)));
    }

    /** Leads if the answer to the question of {@code askedAt} came in time, else asks again. */
    private static Move lead(Term term, long askedAt, long now) {
        var leading = new Leading(term, askedAt, askedAt + TRUST.toNanos());
        return leading.trusted(now)
                ? Move.to(leading, new Step.TellElected(term), nextBeat(askedAt, now))
                : Move.to(new Late(term, now), new Step.ReadTerm(term), new Step.WakeAfter(ANSWER));
    }

    private static Step nextBeat(long askedAt, long now) {
        return new Step.WakeAfter(Duration.ofNanos(Math.max(0, askedAt + BEAT.toNanos() - now)));
    }

    private static Move depose(Term term, String reason, double chance) {
        return Move.to(
                new Away(1),
                new Step.TellDeposed(term, reason),
                new Step.Disconnect(),
                pause(0, chance));
    }

    private static Move startOver(int failures, double chance) {
        return Move.to(new Away(failures + 1), new Step.Disconnect(), pause(failures, chance));
    }

    private static Step pause(int failures, double chance) {
        return new Step.WakeAfter(BACKOFF.pause(failures + 1, chance));
    }

    private static Move retire() {
        return Move.to(new Retired(), new Step.Disconnect());
    }
}
