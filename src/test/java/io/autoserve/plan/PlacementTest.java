package io.autoserve.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec;
import io.autoserve.plan.NodeFacts.Standing;
import io.autoserve.plan.Placement.Dealt;
import io.autoserve.plan.Placement.Demand;
import io.autoserve.plan.Placement.Placed;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final long SHOP = 1;
    private static final long BLOG = 2;
    private static final long GIB = 1L << 30;

    @Test
    void an_app_is_spread_whatever_others_have() {
        var placement = placement(of(BLOG, "one"), of(BLOG, "one"), of(SHOP, "two"));

        assertThat(dealt(placement, 5)).containsExactly("one", "three", "one", "three", "two");
    }

    @Test
    void of_equal_nodes_the_one_with_the_most_unreserved_memory_is_chosen() {
        var nodes = List.of(ready("one", 2 * GIB), ready("two", 4 * GIB), ready("three", 3 * GIB));
        var placement = new Placement(nodes, List.of());

        assertThat(node(placement.deal(demand(SHOP, 2 * GIB)))).isEqualTo("two");
        assertThat(node(placement.deal(demand(BLOG, GIB))))
                .as("two has 2 GiB left, since the shop was dealt there")
                .isEqualTo("three");
    }

    @Test
    void only_ready_nodes_get_instances() {
        for (var standing : Standing.values()) {
            var other = new NodeFacts("two", standing, Map.of(), GIB);
            var placement = new Placement(List.of(ready("one", GIB), other), List.of());
            assertThat(dealt(placement, 2))
                    .as(standing.name())
                    .containsExactly("one", standing == Standing.READY ? "two" : "one");
        }
    }

    @Test
    void labels_of_the_app_must_be_labels_of_the_node() {
        var ssd = Map.of("disk", "ssd", "zone", "a");
        var nodes = List.of(ready("one", GIB), new NodeFacts("two", Standing.READY, ssd, GIB));
        var rules = new AppSpec.Placement(Map.of("disk", "ssd"), 0);
        var placement = new Placement(nodes, List.of());
        var demand = new Demand(SHOP, rules, null, 0, Set.of());

        assertThat(node(placement.deal(demand))).isEqualTo("two");
        assertThat(node(placement.deal(demand))).isEqualTo("two");
    }

    @Test
    void a_node_has_no_more_instances_than_the_app_permits() {
        var rules = new AppSpec.Placement(Map.of(), 1);
        var placement = new Placement(nodes("one", "two"), List.of(of(SHOP, "one")));
        var demand = new Demand(SHOP, rules, null, 0, Set.of());

        assertThat(node(placement.deal(demand))).isEqualTo("two");
        assertThat(placement.deal(demand))
                .isEqualTo(
                        new Dealt.Nowhere(
                                "no node may have it (full with 1 of its instances: one and two)"));
    }

    @Test
    void an_app_with_volumes_stays_on_its_node_and_waits_for_it() {
        var rules = AppSpec.Placement.ANYWHERE;
        var demand = new Demand(SHOP, rules, "two", 0, Set.of());

        assertThat(node(placement().deal(demand))).isEqualTo("two");

        var lost = new NodeFacts("two", Standing.LOST, Map.of(), GIB);
        assertThat(new Placement(List.of(ready("one", GIB), lost), List.of()).deal(demand))
                .isEqualTo(new Dealt.Nowhere("its volumes are on two (lost)"));
        assertThat(new Placement(nodes("one"), List.of()).deal(demand))
                .isEqualTo(new Dealt.Nowhere("its volumes are on two (removed)"));
    }

    @Test
    void a_node_that_refused_a_start_is_left_out_and_does_not_count_it() {
        var placement = placement();
        var first = demand(SHOP, GIB);
        var node = node(placement.deal(first));

        placement.refused(first, node);
        var second = new Demand(SHOP, first.rules(), null, GIB, Set.of(node));

        assertThat(node(placement.deal(second))).isNotEqualTo(node);
        assertThat(node(placement.deal(demand(SHOP, GIB)))).as("another start").isEqualTo(node);
    }

    @Test
    void why_no_node_is_left_is_said_for_each_of_them() {
        var nodes =
                List.of(
                        new NodeFacts("a", Standing.LOST, Map.of(), GIB),
                        new NodeFacts("b", Standing.LOST, Map.of(), GIB),
                        new NodeFacts("c", Standing.LOST, Map.of(), GIB),
                        new NodeFacts("d", Standing.DRAINED, Map.of(), GIB),
                        ready("e", GIB));
        var demand = new Demand(SHOP, AppSpec.Placement.ANYWHERE, null, 0, Set.of("e"));

        assertThat(new Placement(nodes, List.of()).deal(demand))
                .isEqualTo(
                        new Dealt.Nowhere(
                                "no node may have it (drained: d; lost: a and 2 others; refused: e)"));
        assertThat(new Placement(List.of(), List.of()).deal(demand))
                .isEqualTo(new Dealt.Nowhere("there is no node"));
    }

    private static List<String> dealt(Placement placement, int starts) {
        return IntStream.range(0, starts)
                .mapToObj(_ -> node(placement.deal(demand(SHOP, 0))))
                .toList();
    }

    private static String node(Dealt dealt) {
        return switch (dealt) {
            case Dealt.To(var node, _) -> node;
            case Dealt.Nowhere(var reason) -> throw new AssertionError(reason);
        };
    }

    private static Demand demand(long app, long memory) {
        return new Demand(app, AppSpec.Placement.ANYWHERE, null, memory, Set.of());
    }

    private static Placement placement(Placed... placed) {
        return new Placement(nodes("one", "three", "two"), List.of(placed));
    }

    private static Placed of(long app, String node) {
        return new Placed(app, node);
    }

    private static List<NodeFacts> nodes(String... names) {
        return List.of(names).stream().map(name -> ready(name, 8 * GIB)).toList();
    }

    private static NodeFacts ready(String name, long unreserved) {
        return new NodeFacts(name, Standing.READY, Map.of(), unreserved);
    }
}
