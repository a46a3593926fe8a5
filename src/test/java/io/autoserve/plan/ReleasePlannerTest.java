package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.ready;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Progress;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.ReleaseStatus.ReleaseState;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Plans a rollout from revision 1 to revision 2, which has a release command. */
class ReleasePlannerTest {
    private static final App OLD = app(SpecDraft.of("web").image("web:1").spec(), 2);
    private static final App NEW = revised(SpecDraft.of("web").image("web:2").release("migrate"));

    private static App revised(SpecDraft next) {
        return OLD.revised(next.spec(), 2, null, NOON);
    }

    @Test
    void the_command_runs_first_and_nothing_else_changes() {
        assertThat(plan(NEW, status(ReleaseState.PENDING), ready(OLD, 0), ready(OLD, 1)))
                .containsExactly(new Action.RunRelease(NEW, "before revision 2 takes traffic"));
        assertThat(plan(NEW, status(ReleaseState.RUNNING), ready(OLD, 0), ready(OLD, 1))).isEmpty();
    }

    @Test
    void the_rollout_begins_after_the_command_has_succeeded() {
        assertThat(plan(NEW, status(ReleaseState.SUCCEEDED), ready(OLD, 0), ready(OLD, 1)))
                .hasOnlyElementsOfType(Action.Start.class)
                .isNotEmpty();
    }

    @Test
    void meanwhile_the_old_revision_is_repaired_and_scaled() {
        var starts = plan(NEW, status(ReleaseState.RUNNING), ready(OLD, 0));

        assertThat(starts)
                .singleElement()
                .isInstanceOfSatisfying(
                        Action.Start.class,
                        start -> assertThat(start.app().template()).isEqualTo(OLD.template()));
    }

    @Test
    void nothing_starts_of_an_earlier_revision_whose_own_command_did_not_succeed() {
        var status = new ReleaseStatus(2, ReleaseState.RUNNING, false, true, "test");

        assertThat(plan(NEW, status)).isEmpty();
    }

    @Test
    void the_command_waits_for_another_one_of_the_app() {
        var blocked = new ReleaseStatus(2, ReleaseState.PENDING, true, false, "test");

        assertThat(plan(NEW, blocked, ready(OLD, 0), ready(OLD, 1))).isEmpty();
    }

    @Test
    void a_failure_rolls_back() {
        assertThat(plan(NEW, status(ReleaseState.FAILED), ready(OLD, 0), ready(OLD, 1)))
                .containsExactly(new Action.RollBack(NEW, OLD, "the release command failed: test"));
    }

    @Test
    void a_failure_pauses_if_nothing_may_serve_instead() {
        var status = new ReleaseStatus(2, ReleaseState.FAILED, false, true, "test");

        assertThat(plan(NEW, status))
                .containsExactly(new Action.Pause(NEW, "the release command failed: test"));
    }

    @Test
    void a_template_without_a_release_does_not_wait() {
        var situation =
                SituationDraft.of(NEW, ready(OLD, 0), ready(OLD, 1)).before(OLD).situation();

        assertThat(ReleasePlanner.holds(situation)).isFalse();
    }

    @Test
    void a_revision_that_drops_the_command_does_not_wait_for_it() {
        var without = revised(SpecDraft.of("web").image("web:2"));

        assertThat(plan(without, status(ReleaseState.PENDING), ready(OLD, 0), ready(OLD, 1)))
                .hasOnlyElementsOfType(Action.Start.class)
                .isNotEmpty();
    }

    @Test
    void the_slot_that_waits_for_the_command_has_a_reason() {
        var running = new ReleaseStatus(2, ReleaseState.RUNNING, false, false, "runs as task x");

        assertThat(ReleasePlanner.progress(NEW, running, List.of(ready(OLD, 0), ready(OLD, 1))))
                .contains(
                        new Progress(
                                "web", 2, "waits for the release command, which runs as task x"));
        assertThat(ReleasePlanner.progress(NEW, status(ReleaseState.SUCCEEDED), List.of()))
                .isEmpty();
        assertThat(ReleasePlanner.progress(NEW, null, List.of())).isEmpty();
    }

    @Test
    void the_reason_of_a_failed_command_contains_the_way_out() {
        var rollout = Objects.requireNonNull(NEW.rollout()).paused(true, "test", NOON);

        assertThat(waits(NEW, ReleaseState.FAILED))
                .isEqualTo(
                        "the release command failed (correct the spec, or run 'autoserve restart web'): test");
        assertThat(waits(NEW.rolling(rollout, NOON), ReleaseState.FAILED))
                .contains("'autoserve rollout resume web'");
        assertThat(waits(NEW.rolling(rollout, NOON), ReleaseState.PENDING))
                .isEqualTo("the rollout is paused, and its release command has not run");
    }

    @Test
    void an_app_is_stuck_if_only_a_change_lets_a_failed_command_run_again() {
        var first = app(SpecDraft.of("web").release("migrate").spec(), 2);
        var rollout = Objects.requireNonNull(NEW.rollout()).paused(true, "test", NOON);

        assertThat(isStuck(first, 1, ReleaseState.FAILED)).isTrue();
        assertThat(isStuck(first, 1, ReleaseState.PENDING)).isFalse();
        assertThat(isStuck(NEW, 2, ReleaseState.FAILED)).as("before the rollback").isFalse();
        assertThat(isStuck(NEW.rolling(rollout, NOON), 2, ReleaseState.FAILED)).isTrue();
    }

    private static boolean isStuck(App app, int template, ReleaseState state) {
        return ReleasePlanner.progress(
                        app, new ReleaseStatus(template, state, false, false, "test"), List.of())
                .orElseThrow()
                .releaseFailed(app);
    }

    private static String waits(App app, ReleaseState state) {
        return ReleasePlanner.progress(app, status(state), List.of()).orElseThrow().text();
    }

    private static ReleaseStatus status(ReleaseState state) {
        return new ReleaseStatus(2, state, false, false, "test");
    }

    private static List<Action> plan(App app, ReleaseStatus release, Instance... slots) {
        var containers =
                Stream.of(slots).collect(Collectors.toMap(Instance::id, Fixtures::container));
        var routed = Set.copyOf(containers.keySet());
        return Planner.plan(
                        SituationDraft.of(app, slots)
                                .before(OLD)
                                .containers(containers)
                                .traffic(new Traffic.Known(routed, Map.of()))
                                .release(release)
                                .situation())
                .actions();
    }
}
