package io.autoserve.plan;

import io.autoserve.model.AppSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Deals nodes to starts. Of the nodes that may have an instance, it chooses the one with the fewest
 * instances of the same app, and of these the one with the most memory that no instance reserves.
 * It counts what it has dealt, so that the starts of one plan are spread too.
 *
 * <p>Whether an instance fits on a node is not decided here. The runtime admits a start or refuses
 * it, and a refused start is dealt again without the node.
 */
public final class Placement {
    private final Map<String, NodeFacts> nodes = new TreeMap<>();

    /** Number of instances by app and node. */
    private final Map<Long, Map<String, Integer>> counts = new HashMap<>();

    /** Bytes that the starts dealt so far will reserve, by node. */
    private final Map<String, Long> dealtMemory = new HashMap<>();

    /** An instance that has a node. */
    public record Placed(long app, String node) {}

    /**
     * A start that needs a node.
     *
     * @param home the node with the volumes of the app, which is the only one that it may run on;
     *     null if the app has no volume of its own, or has never run
     * @param memory bytes that the instance reserves
     * @param refusedBy names of the nodes that refused this start
     */
    public record Demand(
            long app,
            AppSpec.Placement rules,
            @Nullable String home,
            long memory,
            Set<String> refusedBy) {
        public Demand {
            refusedBy = Set.copyOf(refusedBy);
        }
    }

    /** The node for a start, or the reason why there is none. */
    public sealed interface Dealt {
        String reason(); // operators read it as it stands

        record To(String node, String reason) implements Dealt {}

        /** No node may have the instance now. */
        record Nowhere(String reason) implements Dealt {}
    }

    /**
     * @param placed all instances that have a node, on lost nodes too
     */
    public Placement(Collection<NodeFacts> nodes, Collection<Placed> placed) {
        nodes.forEach(node -> this.nodes.put(node.name(), node));
        placed.forEach(instance -> add(instance.app(), instance.node(), 1));
    }

    /** Chooses a node, and counts the instance as placed there. */
    public Dealt deal(Demand demand) {
        var best =
                nodes.values().stream()
                        .filter(node -> obstacle(node, demand).isEmpty())
                        .min(
                                Comparator.comparingInt(
                                                (NodeFacts node) -> count(demand, node.name()))
                                        .thenComparing(
                                                Comparator.comparingLong(this::unreserved)
                                                        .reversed())
                                        .thenComparing(NodeFacts::name));
        if (best.isEmpty()) {
            return new Dealt.Nowhere(whyNowhere(demand));
        }
        var node = best.get().name();
        var reason = "%s has %d of its instances, the fewest".formatted(node, count(demand, node));
        add(demand.app(), node, 1);
        dealtMemory.merge(node, demand.memory(), Long::sum);
        return new Dealt.To(node, reason);
    }

    /** Gives a dealt place back, because the runtime refused the start there. */
    public void refused(Demand demand, String node) {
        add(demand.app(), node, -1);
        dealtMemory.merge(node, -demand.memory(), Long::sum);
    }

    /** Returns why the node cannot have the instance, or empty if it can. */
    private Optional<String> obstacle(NodeFacts node, Demand demand) {
        var rules = demand.rules();
        var home = demand.home();
        if (!node.admits()) {
            return Optional.of(node.standing().words());
        }
        if (!node.has(rules.nodeLabels())) {
            return Optional.of("without the labels " + new TreeMap<>(rules.nodeLabels()));
        }
        if (home != null && !home.equals(node.name())) {
            return Optional.of("without its volumes");
        }
        if (rules.maxPerNode() > 0 && count(demand, node.name()) >= rules.maxPerNode()) {
            return Optional.of("full with %d of its instances".formatted(rules.maxPerNode()));
        }
        return demand.refusedBy().contains(node.name()) ? Optional.of("refused") : Optional.empty();
    }

    private String whyNowhere(Demand demand) {
        var home = demand.home();
        if (home != null) {
            var node = nodes.get(home);
            return "its volumes are on %s (%s)"
                    .formatted(
                            home,
                            node == null ? "removed" : obstacle(node, demand).orElse("ready"));
        }
        var byObstacle = new TreeMap<String, List<String>>();
        for (var node : nodes.values()) {
            obstacle(node, demand)
                    .ifPresent(words ->
                            byObstacle
                                    .computeIfAbsent(words, _ -> new ArrayList<>())
                                    .add(node.name()));
        }
        var reasons = new ArrayList<String>();
        byObstacle.forEach((words, names) -> reasons.add(words + ": " + shown(names)));
        return reasons.isEmpty()
                ? "there is no node"
                : "no node may have it (%s)".formatted(String.join("; ", reasons));
    }

    /** Names two nodes at most, since there may be many. */
    private static String shown(List<String> names) {
        return names.size() <= 2
                ? String.join(" and ", names)
                : "%s and %d others".formatted(names.getFirst(), names.size() - 1);
    }

    private void add(long app, String node, int instances) {
        counts.computeIfAbsent(app, _ -> new HashMap<>()).merge(node, instances, Integer::sum);
    }

    private int count(Demand demand, String node) {
        return counts.getOrDefault(demand.app(), Map.of()).getOrDefault(node, 0);
    }

    private long unreserved(NodeFacts node) {
        return node.unreserved() - dealtMemory.getOrDefault(node.name(), 0L);
    }
}
