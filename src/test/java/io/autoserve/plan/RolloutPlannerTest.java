package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.ready;
import static io.autoserve.testing.Fixtures.running;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.Instance;
import io.autoserve.model.Node;
import io.autoserve.plan.CanaryComparison.Answers;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests when a rollout continues, when it completes and when it is rolled back. */
class RolloutPlannerTest {
    private static final List<Step> STEPS =
            List.of(new Step(10, Duration.ofSeconds(60)), new Step(50, Duration.ofSeconds(60)));

    @Test
    void nothing_is_judged_where_no_rollout_is_under_way() {
        var app = Fixtures.app("web", 2);
        assertThat(judge(app, null, CanaryComparison.NONE, NOON, ready(app, 0), ready(app, 1)))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    good answers are let be             | 1000 |  10 | 1000 | 10 | 100 | 100 | goes on
                    a few errors say nothing            |   10 |   4 | 1000 |  0 | 100 | 100 | goes on
                    too few requests say nothing        |   19 |  19 | 1000 |  0 | 100 | 100 | goes on
                    5 % of errors                       |  100 |   5 | 1000 |  0 | 100 | 100 | taken back
                    as many as the old one has          |  100 |  10 |  100 |  9 | 100 | 100 | goes on
                    twice as many as the old one        |  100 |  20 |  100 | 10 | 100 | 100 | taken back
                    no old one left to compare          |  100 |  20 |    0 |  0 | 100 |   0 | taken back
                    more than twice as slow             |  200 |   0 |  200 |  0 | 401 | 200 | taken back
                    twice as slow, which nobody notices |  200 |   0 |  200 |  0 |  90 |  20 | goes on
                    slow, but few have seen it          |  199 |   0 |  200 |  0 | 900 | 100 | goes on
                    """)
    void compares_what_the_two_revisions_answered_in_the_same_minute(
            String name,
            long requests,
            long errors,
            long oldRequests,
            long oldErrors,
            long p95,
            long oldP95,
            String verdict) {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var comparison =
                new CanaryComparison(
                        new Answers(requests, errors, Duration.ofMillis(p95)),
                        new Answers(oldRequests, oldErrors, Duration.ofMillis(oldP95)));
        var actions = judge(app, before, comparison, NOON, ready(before, 0), ready(app, 2));
        assertThat(actions.stream().anyMatch(Action.RollBack.class::isInstance))
                .isEqualTo(verdict.equals("taken back"));
    }

    @Test
    void says_which_answers_it_was_taken_back_for() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var comparison =
                new CanaryComparison(
                        new Answers(40, 10, Duration.ZERO), new Answers(400, 1, Duration.ZERO));
        assertThat(judge(app, before, comparison, NOON, ready(before, 0), ready(app, 2)))
                .containsExactly(
                        new Action.RollBack(
                                app,
                                before,
                                "revision 2 failed 10 of 40 requests, the previous revision 1 of 400"));
    }

    @Test
    void is_taken_back_when_one_of_its_instances_dies_again_and_again() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var dead = running(app, 2).failed(3, NOON, "exit code 1", NOON).pending(NOON);
        assertThat(judge(app, before, CanaryComparison.NONE, NOON, ready(before, 0), dead))
                .containsExactly(
                        new Action.RollBack(
                                app, before, "web-2 failed 3 times in a row: exit code 1"));
    }

    @Test
    void is_taken_back_when_half_of_its_instances_died_once() {
        var before = Fixtures.app("web", 6);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var slots =
                IntStream.range(0, 6)
                        .mapToObj(i ->
                                i % 2 == 0
                                        ? ready(app, i)
                                        : running(app, i)
                                                .failed(1, NOON, "exit code 1", NOON)
                                                .pending(NOON))
                        .toArray(Instance[]::new);
        assertThat(judge(app, before, CanaryComparison.NONE, NOON, slots))
                .extracting(Action::reason)
                .containsExactly(
                        "3 of 6 instances of revision 2 failed, for example web-1: exit code 1");
    }

    @Test
    void is_taken_back_when_nothing_moves_until_the_deadline() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var slots = new Instance[] {ready(before, 0), ready(before, 1), running(app, 2)};
        var deadline = NOON.plus(Duration.ofMinutes(10));
        assertThat(judge(app, before, CanaryComparison.NONE, deadline.minusMillis(1), slots))
                .isEmpty();
        assertThat(judge(app, before, CanaryComparison.NONE, deadline, slots))
                .extracting(Action::reason)
                .containsExactly("no progress for 600 s: 0 of 2 instances of revision 2 available");
    }

    @Test
    void names_the_check_that_never_succeeded() {
        var before = Fixtures.app("web", 1);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var unready = running(app, 1).checked(false, "readiness check: refused", NOON);
        assertThat(
                        judge(
                                app,
                                before,
                                CanaryComparison.NONE,
                                NOON.plus(Duration.ofMinutes(10)),
                                ready(before, 0),
                                unready))
                .extracting(Action::reason)
                .containsExactly(
                        "no progress for 600 s: 0 of 1 instances of revision 2 available; web-1:"
                                + " readiness check: refused");
    }

    @Test
    void waits_for_its_operator_where_a_return_by_itself_is_not_wanted() {
        var before = Fixtures.app("web", 2);
        var usual = policy(Strategy.ROLLING, List.of());
        var app =
                rolled(
                        before,
                        new Rollout(
                                usual.strategy(),
                                usual.steps(),
                                1,
                                0,
                                usual.minReady(),
                                usual.progressDeadline(),
                                usual.watch(),
                                usual.drain(),
                                false));
        var bad = new CanaryComparison(new Answers(40, 40, Duration.ZERO), Answers.NONE);
        assertThat(judge(app, before, bad, NOON, ready(app, 0)))
                .hasOnlyElementsOfType(Action.Pause.class)
                .hasSize(1);
    }

    @Test
    void is_relied_on_when_it_has_served_alone_for_the_time_of_watching() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var slots = new Instance[] {ready(app, 0), ready(app, 1)};
        assertThat(judge(app, before, CanaryComparison.NONE, NOON.plusMillis(29_999), slots))
                .isEmpty();
        assertThat(judge(app, before, CanaryComparison.NONE, NOON.plusSeconds(30), slots))
                .containsExactly(
                        new Action.Complete(
                                app, "revision 2 serves all traffic and was healthy for 30 s"));
    }

    @Test
    void a_canary_takes_its_next_step_when_it_has_held_the_last_one() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, STEPS));
        var slots = new Instance[] {ready(before, 0), ready(before, 1), ready(app, 2)};
        assertThat(judge(app, before, CanaryComparison.NONE, NOON.plusSeconds(59), slots))
                .isEmpty();
        assertThat(judge(app, before, CanaryComparison.NONE, NOON.plusSeconds(60), slots))
                .containsExactly(new Action.Advance(app, 1, "revision 2 gets 50 % of the traffic"));

        var last = stepped(app);
        assertThat(judge(last, before, CanaryComparison.NONE, NOON.plusSeconds(60), slots))
                .containsExactly(
                        new Action.Advance(
                                last,
                                2,
                                "revision 2 promoted: it was healthy with 50 % of the traffic"));
    }

    @Test
    void blue_green_moves_the_traffic_when_all_of_the_new_ones_are_there() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.BLUE_GREEN, List.of()));
        var old = Stream.of(ready(before, 0), ready(before, 1)).toList();
        assertThat(
                        judge(
                                app,
                                before,
                                CanaryComparison.NONE,
                                NOON,
                                old.get(0),
                                old.get(1),
                                ready(app, 2),
                                running(app, 3)))
                .isEmpty();
        assertThat(
                        judge(
                                app,
                                before,
                                CanaryComparison.NONE,
                                NOON,
                                old.get(0),
                                old.get(1),
                                ready(app, 2),
                                ready(app, 3)))
                .containsExactly(
                        new Action.Advance(
                                app, 1, "all traffic goes to the 2 instances of revision 2"));
    }

    @Test
    void a_paused_rollout_is_left_to_its_operator() {
        var before = Fixtures.app("web", 2);
        var moving = rolled(before, policy(Strategy.ROLLING, List.of()));
        var paused = moving.rolling(requireNonNull(moving.rollout()).paused(true, "", NOON), NOON);
        var bad = new CanaryComparison(new Answers(40, 40, Duration.ZERO), Answers.NONE);
        assertThat(judge(paused, before, bad, NOON.plusSeconds(9_999), ready(paused, 0))).isEmpty();
    }

    @Test
    void while_its_node_is_drained_a_rollout_is_not_judged_and_then_has_its_time_anew() {
        var before = Fixtures.app("web", 2);
        var app = rolled(before, policy(Strategy.ROLLING, List.of()));
        var late = NOON.plus(Duration.ofMinutes(11));
        var drained = new Node("here", true, NOON, "ann");
        var open = new Node("here", false, late, "ann");
        assertThat(judge(app, before, drained, CanaryComparison.NONE, late)).isEmpty();
        assertThat(judge(app, before, open, CanaryComparison.NONE, late)).isEmpty();
        assertThat(
                        judge(
                                app,
                                before,
                                open,
                                CanaryComparison.NONE,
                                late.plus(Duration.ofMinutes(10))))
                .hasSize(1);
    }

    static App rolled(App before, Rollout policy) {
        return before.revised(Fixtures.spec("web", "web:2", policy), before.replicas(), null, NOON);
    }

    static App stepped(App app) {
        return app.rolling(requireNonNull(app.rollout()).step(1, "", NOON), NOON);
    }

    static Rollout policy(Strategy strategy, List<Step> steps) {
        return new Rollout(
                strategy,
                steps,
                1,
                0,
                Duration.ZERO,
                Duration.ofMinutes(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                true);
    }

    private static List<Action> judge(
            App app,
            @Nullable App before,
            CanaryComparison comparison,
            Instant now,
            Instance... slots) {
        return judge(app, before, Node.untouched("here"), comparison, now, slots);
    }

    private static List<Action> judge(
            App app,
            @Nullable App before,
            Node node,
            CanaryComparison comparison,
            Instant now,
            Instance... slots) {
        return new RolloutPlanner(
                        SituationDraft.of(app, slots)
                                .before(before)
                                .on(node)
                                .compared(comparison)
                                .at(now)
                                .situation())
                .judge()
                .actions();
    }
}
