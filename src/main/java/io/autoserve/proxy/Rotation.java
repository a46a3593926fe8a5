package io.autoserve.proxy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Decides which proxies a change of the routes waits for: those in rotation. A proxy leaves
 * rotation when its container has ended, or when it has been silent for {@link #PATIENCE} while
 * another proxy in rotation answers. It returns when it has accepted the newest table.
 *
 * <p>To wait for a proxy costs at most time, and not to wait for one that still passes on requests
 * may cost requests. In doubt, a proxy is therefore in rotation: at the beginning of a term, and
 * when its container runs again but has not answered yet. If no proxy is left in rotation, the
 * silent ones count as in rotation, because then the leader rather than the proxies may be cut off.
 *
 * <p>Times are nanoseconds of a clock that never goes back. Each method returns the rotation after
 * something happened, and changes nothing.
 *
 * @param standings by the proxy's name, in the order of the settings
 */
record Rotation(SequencedMap<String, Standing> standings) {
    /** How long a change of the routes waits for a proxy that does not answer. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Decides whether changes wait for a proxy. */
    sealed interface Standing {
        /**
         * @param silentSince when the first question was asked that the proxy has not answered, or
         *     when another proxy began to answer after all had been silent; null if it answered the
         *     last one
         */
        record InRotation(@Nullable Long silentSince) implements Standing {}

        record OutSilent() implements Standing {}

        record OutEnded() implements Standing {}
    }

    private static final Standing.InRotation ANSWERING = new Standing.InRotation(null);

    Rotation {
        standings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(standings));
    }

    /** Returns a rotation with all of these proxies. */
    static Rotation of(Collection<String> names) {
        var standings = new LinkedHashMap<String, Standing>();
        names.forEach(name -> standings.put(name, ANSWERING));
        return new Rotation(standings);
    }

    boolean isIn(String name) {
        return standings.get(name) instanceof Standing.InRotation;
    }

    boolean hasEnded(String name) {
        return standings.get(name) instanceof Standing.OutEnded;
    }

    List<String> in() {
        return standings.keySet().stream().filter(this::isIn).toList();
    }

    List<String> out() {
        return standings.keySet().stream().filter(name -> !isIn(name)).toList();
    }

    /**
     * The proxy has answered a question. A silent one stays out, because its table may be old. One
     * whose container had ended runs again, and may have read its table at any time.
     */
    Rotation answered(String name, long now) {
        return with(
                        name,
                        standing ->
                                switch (standing) {
                                    case Standing.InRotation _, Standing.OutEnded() -> ANSWERING;
                                    case Standing.OutSilent() -> standing;
                                })
                .afterSilenceOfAll(this, now);
    }

    /** The proxy has accepted the newest table. */
    Rotation accepted(String name, long now) {
        return with(name, _ -> ANSWERING).afterSilenceOfAll(this, now);
    }

    /**
     * The proxy may run, and has not answered the question that was asked then. One question is not
     * enough to leave rotation, because the leader itself may have been frozen meanwhile.
     */
    Rotation unanswered(String name, long askedAt, long now) {
        return with(
                name,
                standing ->
                        switch (standing) {
                            case Standing.InRotation(var since) -> {
                                if (since == null) {
                                    yield new Standing.InRotation(askedAt);
                                }
                                yield anotherAnswers(name) && now - since >= PATIENCE.toNanos()
                                        ? new Standing.OutSilent()
                                        : standing;
                            }
                            case Standing.OutEnded() -> new Standing.InRotation(askedAt);
                            case Standing.OutSilent() -> standing;
                        });
    }

    /** Docker reports that the proxy's container has ended, or does not exist. */
    Rotation ended(String name) {
        return with(name, _ -> new Standing.OutEnded()).withSomeoneIn();
    }

    /**
     * Returns how long a question to the proxy may wait for its answer, or empty if only the
     * question's own deadline counts.
     */
    Optional<Duration> patience(String name, long now) {
        return standings.get(name) instanceof Standing.InRotation(var since)
                        && since != null
                        && anotherAnswers(name)
                ? Optional.of(Duration.ofNanos(Math.max(0, since + PATIENCE.toNanos() - now)))
                : Optional.empty();
    }

    /** Returns the proxies that have left rotation or returned since the earlier rotation. */
    List<RotationChange> since(Rotation earlier) {
        var changes = new ArrayList<RotationChange>();
        standings.forEach((name, standing) -> {
            if (earlier.isIn(name) != isIn(name)) {
                changes.add(new RotationChange(isIn(name), reason(name, standing, earlier)));
            }
        });
        return changes;
    }

    private static String reason(String name, Standing standing, Rotation earlier) {
        return switch (standing) {
            case Standing.OutSilent() ->
                    ("%s did not answer for %d s, so changes of the routes no longer wait for it. If"
                                    + " it still passes on requests, some may go to instances that"
                                    + " have stopped")
                            .formatted(name, PATIENCE.toSeconds());
            case Standing.OutEnded() ->
                    "the container %s has ended, so changes of the routes no longer wait for it"
                            .formatted(name);
            case Standing.InRotation _ ->
                    earlier.hasEnded(name)
                            ? "the container %s runs again".formatted(name)
                            : "%s has the newest routes again".formatted(name);
        };
    }

    /**
     * Counts the silence of the others from now on if a proxy is the first one that answers again.
     * Before, the leader itself may have been cut off, and the others may answer in a moment.
     */
    private Rotation afterSilenceOfAll(Rotation before, long now) {
        if (before.standings.containsValue(ANSWERING) || !standings.containsValue(ANSWERING)) {
            return this;
        }
        var all = new LinkedHashMap<>(standings);
        all.replaceAll((_, standing) ->
                standing instanceof Standing.InRotation(var since) && since != null
                        ? new Standing.InRotation(now)
                        : standing);
        return new Rotation(all);
    }

    private boolean anotherAnswers(String name) {
        return standings.entrySet().stream()
                .anyMatch(other ->
                        !other.getKey().equals(name) && other.getValue().equals(ANSWERING));
    }

    private Rotation withSomeoneIn() {
        if (!in().isEmpty()) {
            return this;
        }
        var all = new LinkedHashMap<>(standings);
        all.replaceAll(
                (_, standing) -> standing instanceof Standing.OutSilent ? ANSWERING : standing);
        return new Rotation(all);
    }

    private Rotation with(String name, UnaryOperator<Standing> change) {
        var all = new LinkedHashMap<>(standings);
        all.computeIfPresent(name, (_, standing) -> change.apply(standing));
        return new Rotation(all);
    }
}
