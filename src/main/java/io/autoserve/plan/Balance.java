package io.autoserve.plan;

import io.autoserve.model.AppSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides which instance moves to another node because its app is spread unevenly, for example
 * after a node has returned. One instance of the whole installation moves at a time, at most one in
 * {@link #PAUSE}, and only if the nodes have not changed for {@link #QUIET}. The instance's slot
 * becomes stale, so that its replacement starts first, as in a rollout.
 */
public final class Balance {
    static final Duration QUIET = Duration.ofSeconds(60);
    static final Duration PAUSE = Duration.ofSeconds(10);

    private Balance() {}

    /**
     * How the instances of an app are spread.
     *
     * @param movable whether instances of the app may move: it has no volume of its own, does not
     *     forbid it, and all of its instances are ready with nothing under way
     * @param nodes the node of each instance, by the instance's id
     */
    public record AppSpread(
            String app, AppSpec.Placement rules, boolean movable, Map<Long, String> nodes) {
        public AppSpread {
            nodes = Map.copyOf(nodes);
        }
    }

    /** An instance that should move. */
    public record Relocation(String app, long instance, String from, String to, String reason) {}

    /**
     * Returns the next instance to move, from the app whose spread is the least even.
     *
     * @param nodesSince when a node was last added, lost, drained or returned
     * @param lastMove when the last instance moved; null if none has
     */
    public static Optional<Relocation> next(
            Collection<NodeFacts> nodes,
            Collection<AppSpread> apps,
            Instant nodesSince,
            @Nullable Instant lastMove,
            Instant now) {
        if (nodesSince.plus(QUIET).isAfter(now)
                || (lastMove != null && lastMove.plus(PAUSE).isAfter(now))) {
            return Optional.empty();
        }
        return apps.stream()
                .filter(AppSpread::movable)
                .flatMap(app -> Gap.of(app, nodes).stream())
                .max(
                        Comparator.comparingInt(Gap::size)
                                .thenComparing(
                                        Comparator.comparing((Gap gap) -> gap.app.app())
                                                .reversed()))
                .map(Gap::relocation);
    }

    /** The difference between the nodes with the most and the fewest instances of an app. */
    private record Gap(AppSpread app, String fullest, String emptiest, int size) {

        /** Returns the gap if a move makes the spread more even. */
        static Optional<Gap> of(AppSpread app, Collection<NodeFacts> nodes) {
            var counts = new HashMap<String, Integer>();
            app.nodes().values().forEach(node -> counts.merge(node, 1, Integer::sum));
            List<NodeFacts> eligible =
                    nodes.stream()
                            .filter(NodeFacts::admits)
                            .filter(node -> node.has(app.rules().nodeLabels()))
                            .sorted(
                                    Comparator.comparingInt((NodeFacts node) ->
                                                    counts.getOrDefault(node.name(), 0))
                                            .thenComparing(
                                                    Comparator.comparingLong(NodeFacts::unreserved)
                                                            .reversed())
                                            .thenComparing(NodeFacts::name))
                            .toList();
            if (eligible.size() < 2) {
                return Optional.empty();
            }
            var emptiest = eligible.getFirst().name();
            var fullest = eligible.getLast().name();
            var size = counts.getOrDefault(fullest, 0) - counts.getOrDefault(emptiest, 0);
            return size < 2 ? Optional.empty() : Optional.of(new Gap(app, fullest, emptiest, size));
        }

        /** Moves the newest instance of the fullest node. */
        Relocation relocation() {
            var instance =
                    app.nodes().entrySet().stream()
                            .filter(on -> on.getValue().equals(fullest))
                            .mapToLong(Map.Entry::getKey)
                            .max()
                            .orElseThrow();
            return new Relocation(
                    app.app(),
                    instance,
                    fullest,
                    emptiest,
                    "moves to %s, which has %d instances of the app fewer than %s"
                            .formatted(emptiest, size, fullest));
        }
    }
}
