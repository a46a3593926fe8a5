package io.autoserve.cluster;

import io.autoserve.model.Term;
import java.time.Duration;
import java.util.List;

/**
 * How far a controller has come on its way to lead, and what it does next. Pure: outcomes and the
 * monotonic time in nanoseconds go in, the next candidacy and its steps come out.
 *
 * <pre>
 *   Away ──connected──► Waiting ──granted──► Chosen ──enthroned──► Leading ──resigned──► Retired
 *    ▲                     │                    │                     │
 *    └─────────────────────┴────── any doubt ───┴─────────────────────┘
 * </pre>
 */
sealed interface Candidacy {
    /** Between two tries to become leader, and before connecting again. */
    Duration TRY = Duration.ofMillis(100);

    /** Between two questions of a leader whether it still is one. */
    Duration BEAT = Duration.ofMillis(500);

    /**
     * How long an answer is believed, counted from when its question was sent. Must stay below the
     * {@code idle_session_timeout} after which the database gives the lock to another: that one
     * counts from later on, when the database has answered, so what lies between the two is needed
     * only for clocks that differ and for timers that are late.
     */
    Duration TRUST = Duration.ofMillis(1500);

    /** No connection. */
    record Away() implements Candidacy {}

    /**
     * Connected, while another leads or nobody does.
     *
     * @param asking a try is under way
     * @param woken a leader resigned meanwhile, perhaps too late for that try
     */
    record Waiting(boolean asking, boolean woken) implements Candidacy {}

    /** Holds the lock, and has asked for its term to be written. */
    record Chosen(long askedAt) implements Candidacy {}

    /**
     * @param askedAt when the last question was sent
     * @param trustedUntil the deadline that the last answer gave
     */
    record Leading(Term term, long askedAt, long trustedUntil) implements Candidacy {
        boolean trusted(long now) {
            return now - trustedUntil < 0; // not <: System.nanoTime() may overflow
        }

        private boolean answered() {
            return trustedUntil == askedAt + TRUST.toNanos();
        }
    }

    /** Wants to lead no more. */
    record Retired() implements Candidacy {}

    /** What came of a step, or came by itself. */
    sealed interface Outcome {
        record Connected() implements Outcome {}

        record Refused() implements Outcome {}

        record Granted() implements Outcome {}

        record Enthroned(Term term) implements Outcome {}

        record Confirmed() implements Outcome {}

        /** Anything that is not a clear answer. */
        record Doubted(String reason) implements Outcome {}

        /** A leader told everyone that it has gone. */
        record Woken() implements Outcome {}

        /** The time set by {@link Step.WakeAfter} has passed. */
        record Ticked() implements Outcome {}

        record Resigned() implements Outcome {}
    }

    sealed interface Step {
        record Connect() implements Step {}

        record TryLock() implements Step {}

        record WriteTerm() implements Step {}

        record ReadTerm(Term term) implements Step {}

        record TellElected(Term term) implements Step {}

        record TellDeposed(Term term, String reason) implements Step {}

        /** Says goodbye in the database, then disconnects. */
        record HandOver(Term term) implements Step {}

        record Disconnect() implements Step {}

        /** Replaces the one before. */
        record WakeAfter(Duration delay) implements Step {}
    }

    /** The steps are taken in their order. */
    record Move(Candidacy candidacy, List<Step> steps) {
        private static Move to(Candidacy candidacy, Step... steps) {
            return new Move(candidacy, List.of(steps));
        }
    }

    default Move on(Outcome outcome, long now) {
        return switch (this) {
            case Away() -> whileAway(outcome);
            case Waiting waiting -> whileWaiting(waiting, outcome, now);
            case Chosen(var askedAt) -> whileChosen(askedAt, outcome, now);
            case Leading leading -> whileLeading(leading, outcome, now);
            case Retired() -> whileRetired(outcome);
        };
    }

    private Move whileAway(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Ticked() -> Move.to(this, new Step.Connect());
            case Outcome.Connected() -> tryLock();
            case Outcome.Doubted _ -> Move.to(this, new Step.WakeAfter(TRY));
            case Outcome.Resigned() -> retire();
            case Outcome.Woken _,
                    Outcome.Refused _,
                    Outcome.Granted _,
                    Outcome.Enthroned _,
                    Outcome.Confirmed _ ->
                    Move.to(this);
        };
    }

    private Move whileWaiting(Waiting waiting, Outcome outcome, long now) {
        return switch (outcome) {
            case Outcome.Ticked() -> waiting.asking ? startOver() : tryLock();
            case Outcome.Woken() -> waiting.asking ? Move.to(new Waiting(true, true)) : tryLock();
            case Outcome.Refused() ->
                    waiting.woken
                            ? tryLock()
                            : Move.to(new Waiting(false, false), new Step.WakeAfter(TRY));
            case Outcome.Granted() ->
                    Move.to(new Chosen(now), new Step.WriteTerm(), new Step.WakeAfter(TRUST));
            case Outcome.Resigned() -> retire();
            case Outcome.Doubted _, Outcome.Connected _, Outcome.Enthroned _, Outcome.Confirmed _ ->
                    startOver();
        };
    }

    private Move whileChosen(long askedAt, Outcome outcome, long now) {
        return switch (outcome) {
            case Outcome.Enthroned(var term) -> {
                var leading = new Leading(term, askedAt, askedAt + TRUST.toNanos());
                yield leading.trusted(now)
                        ? Move.to(leading, new Step.TellElected(term), nextBeat(askedAt, now))
                        : startOver();
            }
            case Outcome.Woken() -> Move.to(this);
            case Outcome.Resigned() -> retire();
            case Outcome.Doubted _,
                    Outcome.Ticked _,
                    Outcome.Connected _,
                    Outcome.Refused _,
                    Outcome.Granted _,
                    Outcome.Confirmed _ ->
                    startOver();
        };
    }

    private Move whileLeading(Leading leading, Outcome outcome, long now) {
        var term = leading.term;
        if (outcome instanceof Outcome.Resigned) {
            return Move.to(
                    new Retired(), new Step.TellDeposed(term, "resigned"), new Step.HandOver(term));
        }
        if (!leading.trusted(now)) { // also when the answer is good: it was late
            return depose(term, "no answer from the database for " + TRUST.toMillis() + " ms");
        }
        return switch (outcome) {
            case Outcome.Ticked() when leading.answered() ->
                    Move.to(
                            new Leading(term, now, leading.trustedUntil),
                            new Step.ReadTerm(term),
                            new Step.WakeAfter(Duration.ofNanos(leading.trustedUntil - now)));
            case Outcome.Ticked() -> // a timer may fire early by a fraction of a millisecond
                    Move.to(this, new Step.WakeAfter(Duration.ofNanos(leading.trustedUntil - now)));
            case Outcome.Confirmed() ->
                    Move.to(
                            new Leading(term, leading.askedAt, leading.askedAt + TRUST.toNanos()),
                            nextBeat(leading.askedAt, now));
            case Outcome.Woken() -> Move.to(this);
            case Outcome.Doubted(var reason) -> depose(term, reason);
            case Outcome.Connected _,
                    Outcome.Refused _,
                    Outcome.Granted _,
                    Outcome.Enthroned _,
                    Outcome.Resigned _ ->
                    depose(term, "an answer that was not asked for: " + outcome);
        };
    }

    private Move whileRetired(Outcome outcome) {
        return outcome instanceof Outcome.Connected
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
