package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec;
import io.autoserve.plan.Balance.AppSpread;
import io.autoserve.plan.NodeFacts.Standing;
import io.autoserve.plan.Placement.Dealt;
import io.autoserve.plan.Placement.Demand;
import io.autoserve.plan.Placement.Placed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Places 2,000 instances of 100 apps on 20 nodes, of which some are lost, return and refuse starts.
 * After each change, every app is spread within one instance again, and no instance has moved that
 * need not. A failing seed is printed.
 */
class PlacementSimulationTest {
    private static final int SEEDS = 5;
    private static final int NODES = 20;
    private static final int APPS = 100;
    private static final int INSTANCES = 2_000;
    private static final int CHANGES = 12;

    @Test
    void apps_are_spread_again_after_losses_and_returns_and_nothing_else_moves() {
        LongStream.range(0, SEEDS)
                .forEach(seed -> {
                    var world = new World(seed);
                    world.assertSpread();
                    for (var change = 0; change < CHANGES; change++) {
                        world.change();
                        world.assertSpread();
                    }
                });
    }

    /** The nodes, and the instances of each app on them. */
    private static final class World {
        private final long seed;
        private final Random chance;
        private final Set<String> lost = new HashSet<>();
        private final Map<Long, Map<Long, String>> apps = new TreeMap<>();
        private long lastId;
        private Instant now = NOON;

        World(long seed) {
            this.seed = seed;
            chance = new Random(seed);
            var owners = new ArrayList<Long>();
            for (var i = 0; i < INSTANCES; i++) {
                owners.add((long) (i < APPS ? i : chance.nextInt(APPS)));
            }
            start(owners);
            rebalance(); // what was refused may have made an app uneven
        }

        /** Loses a node or lets one return, with refusals meanwhile. */
        void change() {
            if (lost.isEmpty() || (lost.size() < NODES / 2 - 1 && chance.nextBoolean())) {
                lose(anyOf(ready()));
            } else {
                lost.remove(anyOf(lost));
                rebalance();
            }
        }

        private void lose(String node) {
            lost.add(node);
            var owners = new ArrayList<Long>();
            var before = copy();
            apps.forEach((app, instances) -> {
                var gone =
                        instances.entrySet().stream()
                                .filter(on -> on.getValue().equals(node))
                                .map(Map.Entry::getKey)
                                .toList();
                gone.forEach(id -> {
                    instances.remove(id);
                    owners.add(app);
                });
            });
            start(owners);
            before.forEach((app, instances) ->
                    instances.forEach((id, on) -> {
                        if (!on.equals(node)) {
                            assertThat(apps.get(app))
                                    .as(said("instance " + id))
                                    .containsEntry(id, on);
                        }
                    }));
            rebalance();
        }

        /** Starts an instance of each of these apps. A third of the nodes may refuse it. */
        private void start(List<Long> owners) {
            var placement = new Placement(nodes(), placed());
            for (var app : owners) {
                var refusedBy = new HashSet<String>();
                String node = null;
                while (node == null) {
                    var demand = new Demand(app, AppSpec.Placement.ANYWHERE, null, 1, refusedBy);
                    var dealt = placement.deal(demand);
                    assertThat(dealt)
                            .as(said("a node for app " + app))
                            .isInstanceOf(Dealt.To.class);
                    var to = ((Dealt.To) dealt).node();
                    if (refusedBy.size() < NODES / 3 && chance.nextInt(20) == 0) {
                        placement.refused(demand, to);
                        refusedBy.add(to);
                    } else {
                        node = to;
                    }
                }
                apps.computeIfAbsent(app, _ -> new TreeMap<>()).put(++lastId, node);
            }
        }

        /** Moves instances as long as the balance asks for it, each once at most. */
        private void rebalance() {
            var nodesSince = now;
            now = now.plus(Balance.QUIET);
            Instant lastMove = null;
            var needed = apps.values().stream().mapToInt(this::surplus).sum();
            var moves = 0;
            while (true) {
                var next = Balance.next(nodes(), spreads(), nodesSince, lastMove, now);
                if (next.isEmpty()) {
                    break;
                }
                var move = next.get();
                var instances = requireNonNull(apps.get(Long.valueOf(move.app())));
                assertThat(instances).containsEntry(move.instance(), move.from());
                assertThat(lost).as(said("a lost node gets nothing")).doesNotContain(move.to());
                instances.remove(move.instance());
                instances.put(++lastId, move.to());
                lastMove = now;
                now = now.plus(Balance.PAUSE);
                moves++;
            }
            assertThat(moves).as(said("moves")).isEqualTo(needed);
        }

        /** Returns how many instances must move at least until the app is spread within one. */
        private int surplus(Map<Long, String> instances) {
            var counts = counts(instances);
            var nodes = NODES - lost.size();
            var most = (instances.size() + nodes - 1) / nodes;
            var least = instances.size() / nodes;
            var over = counts.values().stream().mapToInt(count -> Math.max(0, count - most)).sum();
            var under =
                    counts.values().stream().mapToInt(count -> Math.max(0, least - count)).sum();
            return Math.max(over, under);
        }

        void assertSpread() {
            apps.forEach((app, instances) -> {
                var counts = counts(instances).values();
                assertThat(max(counts) - min(counts))
                        .as(said("app " + app + " has " + counts))
                        .isLessThanOrEqualTo(1);
            });
            assertThat(apps.values().stream().mapToInt(Map::size).sum()).isEqualTo(INSTANCES);
        }

        private Map<String, Integer> counts(Map<Long, String> instances) {
            var counts = new TreeMap<String, Integer>();
            ready().forEach(node -> counts.put(node, 0));
            instances.values().forEach(node -> counts.merge(node, 1, Integer::sum));
            return counts;
        }

        private List<AppSpread> spreads() {
            var spreads = new ArrayList<AppSpread>();
            apps.forEach((app, instances) ->
                    spreads.add(
                            new AppSpread(
                                    String.valueOf(app),
                                    AppSpec.Placement.ANYWHERE,
                                    true,
                                    instances)));
            return spreads;
        }

        private List<Placed> placed() {
            var placed = new ArrayList<Placed>();
            apps.forEach((app, instances) ->
                    instances.values().forEach(node -> placed.add(new Placed(app, node))));
            return placed;
        }

        private List<NodeFacts> nodes() {
            var nodes = new ArrayList<NodeFacts>();
            for (var i = 0; i < NODES; i++) {
                var name = name(i);
                nodes.add(
                        new NodeFacts(
                                name,
                                lost.contains(name) ? Standing.LOST : Standing.READY,
                                Map.of(),
                                INSTANCES));
            }
            return nodes;
        }

        private List<String> ready() {
            return nodes().stream().filter(NodeFacts::admits).map(NodeFacts::name).toList();
        }

        private String anyOf(Collection<String> names) {
            var sorted = names.stream().sorted().toList();
            return sorted.get(chance.nextInt(sorted.size()));
        }

        private Map<Long, Map<Long, String>> copy() {
            var copy = new HashMap<Long, Map<Long, String>>();
            apps.forEach((app, instances) -> copy.put(app, Map.copyOf(instances)));
            return copy;
        }

        private static String name(int number) {
            return "node-%02d".formatted(number);
        }

        private static int max(Collection<Integer> counts) {
            return counts.stream().mapToInt(Integer::intValue).max().orElse(0);
        }

        private static int min(Collection<Integer> counts) {
            return counts.stream().mapToInt(Integer::intValue).min().orElse(0);
        }

        private String said(String what) {
            return "seed %d: %s".formatted(seed, what);
        }
    }
}
