package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.apps.EngineTurns.Lane;
import io.autoserve.model.Instance;
import io.autoserve.plan.Action;
import io.autoserve.plan.Action.Start.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ActionQueueTest {
    private final ActionQueue queue = new ActionQueue();

    @Test
    void what_is_no_longer_planned_is_dropped() {
        queue.replace(List.of(grow("web", 0), grow("web", 1)), Set.of());
        queue.replace(List.of(grow("web", 1)), Set.of());

        assertThat(starts(Map.of())).isEqualTo("web-1");
    }

    @Test
    void what_is_planned_again_keeps_its_place() {
        queue.replace(List.of(grow("b", 0)), Set.of());
        queue.replace(List.of(grow("a", 0), grow("b", 0)), Set.of());

        assertThat(starts(Map.of())).isEqualTo("b-0 a-0");
    }

    @Test
    void the_newest_plan_is_done_where_it_differs_from_the_one_before() {
        queue.replace(List.of(grow("web", 0)), Set.of());
        var repair = repair("web", 0);
        queue.replace(List.of(repair), Set.of());

        assertThat(queue.inOrder(Lane.STARTS, Map.of())).containsExactly(repair);
    }

    @Test
    void slots_on_which_something_is_under_way_are_left_to_a_later_plan() {
        queue.replace(List.of(grow("web", 0), grow("web", 1)), Set.of("web-0"));

        assertThat(starts(Map.of())).isEqualTo("web-1");
    }

    @Test
    void an_app_with_many_starts_does_not_hold_up_one_with_few() {
        var planned = new ArrayList<Action.OnEngine>();
        for (var index = 0; index < 4; index++) {
            planned.add(grow("big", index));
        }
        planned.add(grow("small", 0));
        queue.replace(planned, Set.of());

        assertThat(starts(Map.of())).isEqualTo("big-0 small-0 big-1 big-2 big-3");
        assertThat(starts(Map.of("big", 3))).startsWith("small-0 big-0");
    }

    @Test
    void repairs_come_before_new_instances_whichever_was_planned_first() {
        queue.replace(List.of(grow("a", 0), grow("a", 1)), Set.of());
        queue.replace(List.of(grow("a", 0), grow("a", 1), repair("b", 0)), Set.of());

        assertThat(starts(Map.of("b", 5))).isEqualTo("b-0 a-0 a-1");
    }

    @Test
    void a_start_that_was_begun_before_counts_as_a_repair() {
        var app = app("web", 2);
        var begun = Instance.starting(7, app, 1, null, "test", NOON);
        queue.replace(
                List.of(grow("web", 0), new Action.Resume(app, begun, "not finished")), Set.of());

        assertThat(starts(Map.of())).isEqualTo("web-1 web-0");
    }

    @Test
    void removals_wait_in_a_lane_of_their_own() {
        var app = app("web", 2);
        var leaving = Instance.starting(7, app, 1, null, "test", NOON);
        queue.replace(
                List.of(grow("web", 0), new Action.Stop(app, leaving, null, "drained")), Set.of());

        assertThat(starts(Map.of())).isEqualTo("web-0");
        assertThat(queue.size(Lane.STARTS)).isOne();
        assertThat(queue.size(Lane.REMOVALS)).isOne();
    }

    private String starts(Map<String, Integer> inHand) {
        return queue.inOrder(Lane.STARTS, inHand).stream()
                .map(ActionQueue::slot)
                .collect(joining(" "));
    }

    private static Action.Start grow(String app, int index) {
        return new Action.Start(app(app, 9), index, Cause.GROWTH, "wanted");
    }

    private static Action.Start repair(String app, int index) {
        return new Action.Start(app(app, 9), index, Cause.REPAIR, "lost");
    }
}
