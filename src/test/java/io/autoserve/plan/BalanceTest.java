package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec;
import io.autoserve.plan.Balance.AppSpread;
import io.autoserve.plan.Balance.Relocation;
import io.autoserve.plan.NodeFacts.Standing;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BalanceTest {
    private static final List<NodeFacts> NODES = List.of(node("one"), node("two"), node("three"));
    private static final Map<Long, String> UNEVEN =
            Map.of(1L, "one", 2L, "one", 3L, "two", 4L, "two", 5L, "one");

    @Test
    void the_newest_instance_of_the_fullest_node_moves_to_the_emptiest() {
        assertThat(next(spread("shop", UNEVEN)))
                .contains(
                        new Relocation(
                                "shop",
                                5,
                                "one",
                                "three",
                                "moves to three, which has 3 instances of the app fewer than one"));
    }

    @Test
    void a_difference_of_one_moves_nothing() {
        assertThat(next(spread("shop", Map.of(1L, "one", 2L, "one", 3L, "two", 4L, "three"))))
                .isEmpty();
    }

    @Test
    void the_least_even_app_comes_first_and_then_the_first_by_name() {
        var less = Map.of(7L, "one", 8L, "one");
        assertThat(next(spread("blog", less), spread("shop", UNEVEN)))
                .hasValueSatisfying(move -> assertThat(move.app()).isEqualTo("shop"));
        assertThat(next(spread("wiki", less), spread("blog", less)))
                .hasValueSatisfying(move -> assertThat(move.app()).isEqualTo("blog"));
    }

    @Test
    void nothing_moves_soon_after_a_change_of_the_nodes_or_another_move() {
        var apps = List.of(spread("shop", UNEVEN));
        assertThat(next(apps, NOON.minusSeconds(59), null)).isEmpty();
        assertThat(next(apps, NOON.minusSeconds(60), null)).isPresent();
        assertThat(next(apps, NOON.minusSeconds(60), NOON.minusSeconds(9))).isEmpty();
        assertThat(next(apps, NOON.minusSeconds(60), NOON.minusSeconds(10))).isPresent();
    }

    @Test
    void an_app_that_is_not_settled_or_may_not_move_stays() {
        var spread = new AppSpread("shop", AppSpec.Placement.ANYWHERE, false, UNEVEN);
        assertThat(next(spread)).isEmpty();
    }

    @Test
    void nodes_that_take_no_instance_of_the_app_do_not_count() {
        var nodes =
                List.of(
                        node("one"),
                        new NodeFacts("two", Standing.DRAINED, Map.of(), 0),
                        new NodeFacts("three", Standing.LOST, Map.of(), 0));
        assertThat(
                        Balance.next(
                                nodes,
                                List.of(spread("shop", UNEVEN)),
                                NOON.minusSeconds(60),
                                null,
                                NOON))
                .isEmpty();

        var rules = new AppSpec.Placement(Map.of("disk", "ssd"), 0);
        assertThat(next(new AppSpread("shop", rules, true, UNEVEN))).isEmpty();
    }

    private static Optional<Relocation> next(AppSpread... apps) {
        return next(List.of(apps), NOON.minusSeconds(60), null);
    }

    private static Optional<Relocation> next(
            List<AppSpread> apps, Instant nodesSince, @Nullable Instant lastMove) {
        return Balance.next(NODES, apps, nodesSince, lastMove, NOON);
    }

    private static AppSpread spread(String app, Map<Long, String> nodes) {
        return new AppSpread(app, AppSpec.Placement.ANYWHERE, true, nodes);
    }

    private static NodeFacts node(String name) {
        return new NodeFacts(name, Standing.READY, Map.of(), 0);
    }
}
