package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.plan.Action.Fail.Cause;
import io.autoserve.plan.Action.Start;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReplayTest {
    private static final App WEB = Fixtures.app("web", 1);
    private static final App NEXT =
            WEB.revised(Fixtures.spec("web", "web:2", Fixtures.rollout(1, 0)), 1, null, NOON);
    private static final Instance STARTING = Fixtures.starting(WEB, 0);
    private static final Instance READY = Fixtures.ready(WEB, 0);
    private static final Instance DRAINING = READY.draining(NOON, "test", NOON);
    private static final Instance FAILED = READY.failed(1, NOON, "test", NOON);

    @Test
    void a_start_occupies_its_slot_and_then_runs() {
        var rows = rows(WEB, null);
        var start = new Start(WEB, 0, Start.Cause.GROWTH, "wanted");

        var claimed = claim(rows, start);
        assertThat(claimed.state()).isEqualTo(State.STARTING);
        assertThat(Replay.claim(start, NOON).flatMap(again -> rows.apply(again, NOON)))
                .as("the slot is taken")
                .isEmpty();
        rows.apply(Replay.runs(claimed, Fixtures.container(claimed), NOON), NOON);
        assertThat(rows.slots()).extracting(Instance::state).containsExactly(State.RUNNING);
    }

    @Test
    void a_stop_is_claimed_first_and_then_deletes_the_slot() {
        var rows = rows(WEB, null, DRAINING);
        var stop = new Action.Stop(WEB, DRAINING, null, "drained");

        assertThat(claim(rows, stop).state()).isEqualTo(State.STOPPING);
        rows.apply(Replay.removed(stop, NOON), NOON);
        assertThat(rows.slots()).isEmpty();
    }

    @Test
    void a_cleared_slot_keeps_its_failures_for_the_next_occupant() {
        var rows = rows(WEB, null, FAILED);
        var clear = new Action.Clear(WEB, FAILED, null, Duration.ZERO, "test");

        assertThat(Replay.claim(clear, NOON)).as("a failed row needs no claim").isEmpty();
        rows.apply(Replay.removed(clear, NOON), NOON);
        var next = claim(rows, new Start(WEB, 0, Start.Cause.REPAIR, "test"));
        assertThat(next.failures()).isOne();
        assertThat(next.restarts()).isOne();
    }

    @Test
    void a_rollback_returns_to_the_image_that_ran_although_the_spec_is_the_same() {
        var ran = WEB.running("web@sha256:1");
        var renewed = ran.renewed(NOON).running("web@sha256:2");
        var rows = rows(renewed, ran, READY);

        rows.apply(Replay.of(new Action.RollBack(renewed, ran, "worse"), NOON), NOON);

        assertThat(rows.app())
                .extracting(App::revision, App::template, App::image, App::rollout)
                .containsExactly(3, 1, "web@sha256:1", null);
    }

    @ParameterizedTest
    @MethodSource("lateActions")
    void an_action_changes_nothing_once_the_row_does_not_allow_it(
            Action.OnRecord action, Instance row) {
        var rows = rows(WEB, null, row);

        rows.apply(Replay.of(action, NOON), NOON);

        assertThat(rows.slots()).containsExactly(row);
    }

    static Stream<Arguments> lateActions() {
        return Stream.of(
                late(new Action.Adopt(STARTING, Fixtures.container(STARTING), "test"), FAILED),
                late(new Action.Fail(READY, Cause.HEALTH, 1, NOON, "test"), DRAINING),
                late(new Action.Mark(READY, false, "test"), DRAINING),
                late(new Action.Drain(READY, NOON, "test"), FAILED),
                late(new Action.Vacate(other(READY), "test"), READY),
                late(new Action.Drain(other(READY), NOON, "test"), READY));
    }

    private static Arguments late(Action.OnRecord action, Instance row) {
        return Arguments.of(action, row);
    }

    /** Returns an earlier occupant of the same slot. */
    private static Instance other(Instance instance) {
        var starting = Instance.starting(7, WEB, instance.index(), null, "test", NOON);
        return starting.running(Fixtures.container(starting), NOON);
    }

    @Test
    void a_completed_rollout_leaves_only_the_new_revision() {
        var rows = rows(NEXT, WEB);

        rows.apply(Replay.of(new Action.Complete(NEXT, "test"), NOON), NOON);

        assertThat(rows.app().rollout()).isNull();
        assertThat(rows.before()).isNull();
        assertThat(rows.app().template()).isEqualTo(NEXT.template());
    }

    @Test
    void a_rollback_is_a_new_revision_with_the_containers_of_the_old_one() {
        var rows = rows(NEXT, WEB);

        rows.apply(Replay.of(new Action.RollBack(NEXT, WEB, "test"), NOON), NOON);

        assertThat(rows.app().revision()).isEqualTo(NEXT.revision() + 1);
        assertThat(rows.app().template()).isEqualTo(WEB.template());
        assertThat(rows.app().rollout()).isNull();
    }

    @Test
    void a_rollout_of_a_newer_revision_is_left_alone() {
        var rows = rows(NEXT, WEB);
        var newer =
                NEXT.revised(Fixtures.spec("web", "web:3", Fixtures.rollout(1, 0)), 1, WEB, NOON);
        rows.put(newer);

        for (var action :
                List.of(
                        new Action.Advance(NEXT, 1, "test"),
                        new Action.Pause(NEXT, "test"),
                        new Action.Complete(NEXT, "test"),
                        new Action.RollBack(NEXT, WEB, "test"))) {
            rows.apply(Replay.of(action, NOON), NOON);
            assertThat(rows.app()).as("%s", action).isEqualTo(newer);
        }
    }

    @Test
    void an_app_is_deleted_only_without_slots_and_when_it_is_asked_for() {
        var leaving = Fixtures.app("web", 1, 1, Intent.DELETE, Fixtures.rollout(1, 0));

        assertThat(deleted(rows(leaving, null, DRAINING))).isFalse();
        assertThat(deleted(rows(WEB, null))).isFalse();
        assertThat(deleted(rows(leaving, null))).isTrue();
    }

    private static boolean deleted(AppRows rows) {
        rows.apply(Replay.of(new Action.Delete(rows.app(), "test"), NOON), NOON);
        return rows.deleted();
    }

    private static Instance claim(AppRows rows, Action.OnEngine action) {
        return Replay.claim(action, NOON).flatMap(claim -> rows.apply(claim, NOON)).orElseThrow();
    }

    private static AppRows rows(App app, @Nullable App before, Instance... slots) {
        return new AppRows(app, before, List.of(slots), () -> 500);
    }
}
