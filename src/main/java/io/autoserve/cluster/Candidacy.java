package io.autoserve.cluster;

import io.autoserve.model.Term;
import java.time.Duration;
import java.util.List;

/**
 * Decides how a controller becomes the leader, and when it stops leading. The next state and the
 * steps to take depend only on the present state, the input and the monotonic time in nanoseconds.
 *
 * <pre>
 *   Away ──connected──► Waiting ──granted──► Chosen ──enthroned──► Leading ──resigned──► Retired
 *    ▲                     │                    │                     │
 *    └─────────────────────┴────── any doubt ───┴─────────────────────┘
 * </pre>
 */
sealed interface Candidacy {
    /** Time between two attempts to become the leader, and the wait before each new connect. */
    Duration TRY = Duration.ofMillis(100);

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

    /** The controller has no connection. */
    record Away() implements Candidacy {}

    /**
     * The controller is connected but does not lead. Another controller leads, or none does.
     *
     * @param asking whether an attempt to take the lock is in flight
     * @param woken whether a leader resigned while the attempt was in flight, perhaps too late for
     *     that attempt
     */
    record Waiting(boolean asking, boolean woken) implements Candidacy {}

    /** The controller holds the lock, and the write of its term is in flight. */
    record Chosen(long askedAt) implements Candidacy {}

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

        record Refused() implements Input {}

        record Granted() implements Input {}

        record Enthroned(Term term) implements Input {}

        record Confirmed() implements Input {}

        /** A failure or any other outcome that is not a clear answer. */
        record Doubted(String reason) implements Input {}

        /** A leader announced that it has resigned. */
        record Woken() implements Input {}

        /** The time set by {@link Step.WakeAfter} has passed. */
        record Ticked() implements Input {}

        record Resigned() implements Input {}
    }

    sealed interface Step {
        record Connect() implements Step {}

        record TryLock() implements Step {}

        record WriteTerm() implements Step {}

        record ReadTerm(Term term) implements Step {}

        record TellElected(Term term) implements Step {}

        record TellDeposed(Term term, String reason) implements Step {}

        /** Announces the resignation in the database, then disconnects. */
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

    default Move on(Input outcome, long now) {
        return switch (this) {
            case Away() -> whileAway(outcome);
            case Waiting waiting -> whileWaiting(waiting, outcome, now);
            case Chosen(var askedAt) -> whileChosen(askedAt, outcome, now);
            case Leading leading -> whileLeading(leading, outcome, now);
            case Retired() -> whileRetired(outcome);
        };
    }

    private Move whileAway(Input outcome) {
        return switch (outcome) {
            case Input.Ticked() -> Move.to(this, new Step.Connect());
            case Input.Connected() -> tryLock();
            case Input.Doubted _ -> Move.to(this, new Step.WakeAfter(TRY));
            case Input.Resigned() -> retire();
            case Input.Woken _,
                    Input.Refused _,
                    Input.Granted _,
                    Input.Enthroned _,
                    Input.Confirmed _ ->
                    Move.to(this);
        };
    }

    private Move whileWaiting(Waiting waiting, Input outcome, long now) {
        return switch (outcome) {
            case Input.Ticked() -> waiting.asking ? startOver() : tryLock();
            case Input.Woken() -> waiting.asking ? Move.to(new Waiting(true, true)) : tryLock();
            case Input.Refused() ->
                    waiting.woken
                            ? tryLock()
                            : Move.to(new Waiting(false, false), new Step.WakeAfter(TRY));
            case Input.Granted() ->
                    Move.to(new Chosen(now), new Step.WriteTerm(), new Step.WakeAfter(TRUST));
            case Input.Resigned() -> retire();
            case Input.Doubted _, Input.Connected _, Input.Enthroned _, Input.Confirmed _ ->
                    startOver();
        };
    }

    private Move whileChosen(long askedAt, Input outcome, long now) {
        return switch (outcome) {
            case Input.Enthroned(var term) -> {
                var leading = new Leading(term, askedAt, askedAt + TRUST.toNanos());
                yield leading.trusted(now)
                        ? Move.to(leading, new Step.TellElected(term), nextBeat(askedAt, now))
                        : startOver();
            }
            case Input.Woken() -> Move.to(this);
            case Input.Resigned() -> retire();
            case Input.Doubted _,
                    Input.Ticked _,
                    Input.Connected _,
                    Input.Refused _,
                    Input.Granted _,
                    Input.Confirmed _ ->
                    startOver();
        };
    }

    private Move whileLeading(Leading leading, Input outcome, long now) {
        var term = leading.term;
        if (outcome instanceof Input.Resigned) {
            return Move.to(
                    new Retired(), new Step.TellDeposed(term, "resigned"), new Step.HandOver(term));
        }
        if (!leading.trusted(now)) { // even an answer that confirms the term may come too late
            return depose(term, "no answer from the database for " + TRUST.toMillis() + " ms");
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
            case Input.Woken() -> Move.to(this);
            case Input.Doubted(var reason) -> depose(term, reason);
            case Input.Connected _,
                    Input.Refused _,
                    Input.Granted _,
                    Input.Enthroned _,
                    Input.Resigned _ ->
                    depose(term, "an unexpected answer: " + outcome);
        };
    }

    private Move whileRetired(Input outcome) {
        return outcome instanceof Input.Connected
                ? Move.to(this, new Step.Disconnect())
                : Move.to(this);
    }

    private static Move tryLock() {
        return Move.to(new Waiting(true, false), new Step.TryLock(), new Step.WakeAfter(TRUST));
    }

    private static Step nextBeat(long askedAt, long now) {
        return new Step.WakeAfter(Duration.ofNanos(Math.max(0, askedAt + BEAT.toNanos() - now)));
    }

    private static Move depose(Term term, String reason) {
        return Move.to(
                new Away(),
                new Step.TellDeposed(term, reason),
                new Step.Disconnect(),
                new Step.WakeAfter(TRY));
    }

    private static Move startOver() {
        return Move.to(new Away(), new Step.Disconnect(), new Step.WakeAfter(TRY));
    }

    private static Move retire() {
        return Move.to(new Retired(), new Step.Disconnect());
    }
}
