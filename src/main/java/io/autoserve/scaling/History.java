package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.Decision;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The earlier decisions about an app, as far as they matter for the next decision. It is immutable,
 * and each decision produces a new history.
 *
 * @param since when the current, uninterrupted observation of the app began
 * @param neededSince when the load began to need more instances than are desired; null if it does
 *     not, and if a new leader has not decided yet
 * @param proposals the highest proposal in each step of ten seconds, oldest first
 */
public record History(
        Instant since,
        @Nullable Instant scaledOutAt,
        @Nullable Instant scaledInAt,
        @Nullable Instant panicUntil,
        @Nullable Instant neededSince,
        List<Wanted> proposals) {

    private static final Duration STEP = Duration.ofSeconds(10);

    /**
     * A new leader continues the history only if the last proposal is more recent than this. After
     * a longer gap, it is unknown what would have been proposed in the meantime.
     */
    private static final Duration LONGEST_GAP = Duration.ofSeconds(60);

    /**
     * @param at end of the ten-second step that the proposal belongs to
     */
    public record Wanted(Instant at, int replicas) {}

    public History {
        proposals = List.copyOf(proposals);
    }

    public static History begin(Instant now) {
        return new History(now, null, null, null, null, List.of());
    }

    /** Returns the time after which a new leader needs the proposals of its predecessor. */
    static Instant oldestNeeded(Scaling policy, Instant now) {
        var window = policy.stabilizationWindow();
        return now.minus(window.compareTo(LONGEST_GAP) > 0 ? window : LONGEST_GAP);
    }

    /**
     * Returns the history from which a new leader continues. If the gap since the last proposal is
     * too long, that history starts a new observation.
     */
    public History takenOver(Instant now) {
        var goesOn =
                !proposals.isEmpty() && proposals.getLast().at().plus(LONGEST_GAP).isAfter(now);
        return goesOn
                ? this
                : new History(now, scaledOutAt, scaledInAt, panicUntil, null, List.of());
    }

    /**
     * Returns the highest number among the proposals after {@code from} and {@code wanted}, which
     * is the current proposal.
     */
    int highest(Instant from, int wanted) {
        return proposals.stream()
                .filter(past -> past.at().isAfter(from))
                .mapToInt(Wanted::replicas)
                .reduce(wanted, Math::max);
    }

    /**
     * Returns the history after a decision was made. {@link #scaled} returns the history after the
     * decision was also carried out.
     */
    History after(Decision decision, Scaling policy) {
        var now = decision.at();
        var end = stepEnd(now);
        var wanted = Math.clamp(decision.wanted(), policy.minReplicas(), policy.maxReplicas());
        var most =
                proposals.stream()
                        .filter(past -> past.at().equals(end))
                        .mapToInt(Wanted::replicas)
                        .reduce(wanted, Math::max);
        var oldest = now.minus(policy.stabilizationWindow());
        var kept =
                Stream.concat(
                        proposals.stream()
                                .filter(past -> past.at().isAfter(oldest))
                                .filter(past -> !past.at().equals(end)),
                        Stream.of(new Wanted(end, most)));
        return new History(
                since,
                scaledOutAt,
                scaledInAt,
                decision.inputs().panicUntil(),
                needed(decision),
                kept.toList());
    }

    History scaled(Decision decision) {
        return switch (decision.outcome()) {
            case OUT ->
                    new History(
                            since,
                            decision.wakes() ? scaledOutAt : decision.at(),
                            scaledInAt,
                            panicUntil,
                            null,
                            proposals);
            case IN -> new History(since, scaledOutAt, decision.at(), panicUntil, null, proposals);
            case HOLD -> this;
        };
    }

    private @Nullable Instant needed(Decision decision) {
        if (decision.wanted() <= decision.from()) {
            return null;
        }
        return neededSince == null ? decision.at() : neededSince;
    }

    private static Instant stepEnd(Instant now) {
        var step = STEP.toSeconds();
        return Instant.ofEpochSecond((now.getEpochSecond() / step + 1) * step);
    }
}
