package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.container;
import static io.autoserve.testing.Fixtures.ready;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.running;
import static io.autoserve.testing.Fixtures.spec;
import static io.autoserve.testing.Fixtures.starting;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.plan.Action.Fail.Cause;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlannerTest {

    private static final Traffic QUIET = new Traffic.Known(Set.of(), Map.of());

    @Test
    void starts_what_is_missing_at_the_lowest_free_indexes() {
        var app = app("web", 3);
        assertThat(plan(app, ready(app, 1)))
                .containsExactly(
                        new Action.Start(app, 0, Action.Start.Cause.GROWTH, "3 desired, 1 running"),
                        new Action.Start(
                                app, 2, Action.Start.Cause.GROWTH, "3 desired, 1 running"));
    }

    @Test
    void leaves_alone_what_is_as_wanted() {
        var app = app("web", 2);
        assertThat(plan(app, ready(app, 0), ready(app, 1))).isEmpty();
    }

    @Test
    void drains_the_newest_of_too_many() {
        var app = app("web", 1);
        assertThat(plan(app, ready(app, 0), ready(app, 1)))
                .containsExactly(
                        new Action.Drain(
                                ready(app, 1), NOON.plusSeconds(30), "1 desired, 2 running"));
    }

    @Test
    void drains_one_that_serves_nobody_before_one_that_serves() {
        var app = app("web", 1);
        assertThat(plan(app, running(app, 0), ready(app, 1)))
                .extracting(PlannerTest::subject)
                .containsExactly("Drain web-0");
    }

    @Test
    void a_start_under_way_counts_though_its_slot_is_not_recorded_yet() {
        var app = app("web", 2);
        var situation = SituationDraft.of(app).starting(Set.of(0)).situation();
        assertThat(Planner.plan(situation).actions())
                .extracting(PlannerTest::subject)
                .containsExactly("Start web-1");
    }

    @Test
    void notices_a_container_that_ended_before_anything_else() {
        var app = app("web", 2);
        var dead = ready(app, 0);
        var situation = SituationDraft.of(app, dead).situation();
        assertThat(Planner.plan(situation).actions())
                .containsExactly(
                        new Action.Fail(
                                dead, Cause.CONTAINER, 1, NOON, "the container no longer exists"));
    }

    @Test
    void a_frozen_container_is_replaced_before_its_checks_notice() {
        var app = app("web", 1);
        var instance = ready(app, 0);
        var frozen = Fixtures.in(Container.State.PAUSED, container(instance));
        var containers = Map.of(instance.id(), frozen);
        var instanceHealth = Map.of(instance.id(), new InstanceHealth(true, true, "passed"));
        assertThat(actions(app, List.of(instance), containers, instanceHealth, QUIET))
                .containsExactly(
                        new Action.Fail(
                                instance, Cause.CONTAINER, 1, NOON, "the container is paused"));
    }

    @Test
    void a_container_that_docker_is_ending_gets_no_more_requests() {
        var app = app("web", 1);
        var instance = ready(app, 0);
        var containers =
                Map.of(instance.id(), Fixtures.in(Container.State.LEAVING, container(instance)));
        var instanceHealth = Map.of(instance.id(), new InstanceHealth(true, true, "passed"));
        assertThat(actions(app, List.of(instance), containers, instanceHealth, QUIET))
                .containsExactly(
                        new Action.Fail(
                                instance,
                                Cause.CONTAINER,
                                1,
                                NOON,
                                "Docker is ending the container"));
    }

    @Test
    void a_start_fails_if_its_container_was_disconnected_from_the_network() {
        var app = app("web", 1);
        var instance = starting(app, 0);
        var disconnected = Fixtures.in(Container.State.RUNNING, null, container(instance));
        assertThat(
                        actions(
                                app,
                                List.of(instance),
                                Map.of(instance.id(), disconnected),
                                Map.of(),
                                QUIET))
                .containsExactly(
                        new Action.Fail(
                                instance,
                                Cause.CONTAINER,
                                1,
                                NOON,
                                "the container has no address in the instances' network"));
    }

    @Test
    void readiness_decides_the_route_without_replacing_anything() {
        var app = app("web", 1);
        var instanceHealth = Map.of(100L, new InstanceHealth(false, true, "readiness: 503"));
        assertThat(
                        actions(
                                app,
                                List.of(ready(app, 0)),
                                listed(ready(app, 0)),
                                instanceHealth,
                                QUIET))
                .containsExactly(new Action.Mark(ready(app, 0), false, "readiness: 503"));
    }

    @Test
    void an_instance_that_never_became_ready_is_reported_once() {
        var app = app("web", 1);
        var instance = running(app, 0);
        var instanceHealth = Map.of(100L, new InstanceHealth(false, true, "readiness: refused"));
        assertThat(actions(app, List.of(instance), listed(instance), instanceHealth, QUIET))
                .containsExactly(new Action.Mark(instance, false, "readiness: refused"));

        var reported = instance.checked(false, "readiness: refused", NOON);
        assertThat(actions(app, List.of(reported), listed(reported), instanceHealth, QUIET))
                .isEmpty();
    }

    @ParameterizedTest(name = "{0} of 5 others are ready: {1}")
    @CsvSource({"5, false", "4, false", "3, true", "0, true"})
    void an_instance_whose_readiness_changes_often_returns_only_if_the_others_need_it(
            int othersReady, boolean returns) {
        var app = app("web", 6);
        var slots = new ArrayList<Instance>();
        for (var index = 0; index < 6; index++) {
            slots.add(
                    index < othersReady
                            ? ready(app, index)
                            : ready(app, index).checked(false, "readiness: 503", NOON));
        }
        var last = slots.getLast();
        var passes = Map.of(last.id(), new InstanceHealth(true, true, "passed", false));

        var actions = actions(app, slots, listed(slots.toArray(Instance[]::new)), passes, QUIET);

        assertThat(actions.contains(new Action.Mark(last, true, "passed"))).isEqualTo(returns);
    }

    @Test
    void the_only_instance_returns_at_once_even_if_its_readiness_changes_often() {
        var app = app("web", 1);
        var unready = ready(app, 0).checked(false, "readiness: 503", NOON);
        var passes = Map.of(unready.id(), new InstanceHealth(true, true, "passed", false));

        assertThat(actions(app, List.of(unready), listed(unready), passes, QUIET))
                .containsExactly(new Action.Mark(unready, true, "passed"));
    }

    @ParameterizedTest(name = "failure {0} is retried after {1} s")
    @CsvSource({"1, 0", "2, 1", "3, 2", "4, 4", "9, 128", "10, 256", "11, 300", "50, 300"})
    void backs_off_from_a_slot_that_keeps_failing(int failures, int seconds) {
        assertThat(Backoff.retryAt(failures, NOON)).isEqualTo(NOON.plusSeconds(seconds));
    }

    @Test
    void ten_seconds_of_service_forgive_earlier_failures() {
        var app = app("web", 1);
        var again = failedSevenTimesAndServes(app);
        assertThat(Backoff.failures(app, again, NOON.plusSeconds(9))).isEqualTo(8);
        assertThat(Backoff.failures(app, again, NOON.plusSeconds(10))).isEqualTo(1);
    }

    @Test
    void a_revision_on_trial_is_forgiven_after_ten_minutes_only() {
        var app = app("web", 1).revised(spec("web", "web:2", Rollout.DEFAULT), 1, null, NOON);
        var again = failedSevenTimesAndServes(app);
        assertThat(Backoff.failures(app, again, NOON.plus(Duration.ofMinutes(9)))).isEqualTo(8);
        assertThat(Backoff.failures(app, again, NOON.plus(Duration.ofMinutes(10)))).isEqualTo(1);
    }

    private static Instance failedSevenTimesAndServes(App app) {
        var instance = ready(app, 0).failed(7, NOON, "died", NOON).pending(NOON);
        return Instance.starting(9, app, 0, instance, "again", NOON)
                .running(container(instance), NOON)
                .checked(true, "answers", NOON);
    }

    @Test
    void a_slot_in_its_back_off_is_looked_at_when_that_ends() {
        var app = app("web", 1);
        var waiting = ready(app, 0).failed(3, NOON.plusSeconds(2), "died", NOON).pending(NOON);
        var plan = Planner.plan(situation(app, List.of(waiting), Map.of(), Map.of(), QUIET));
        assertThat(plan.actions()).isEmpty();
        assertThat(plan.lookAgainAt()).contains(NOON.plusSeconds(2));
    }

    @Test
    void a_failed_instance_is_cleared_only_when_no_route_names_it() {
        var app = app("web", 1);
        var failed = ready(app, 0).failed(1, NOON, "died", NOON);
        var routed = new Traffic.Known(Set.of(failed.id()), Map.of());
        assertThat(actions(app, List.of(failed), Map.of(), Map.of(), routed)).isEmpty();
        assertThat(actions(app, List.of(failed), Map.of(), Map.of(), new Traffic.Unknown()))
                .isEmpty();
        assertThat(actions(app, List.of(failed), Map.of(), Map.of(), QUIET))
                .containsExactly(new Action.Clear(app, failed, null, Duration.ZERO, "died"));
    }

    @Test
    void a_draining_instance_is_stopped_when_nothing_is_in_flight_or_its_time_is_up() {
        var app = app("web", 0);
        var patient = ready(app, 0).draining(NOON, "scaled in", NOON.minusSeconds(1));
        var overdue = ready(app, 1).draining(NOON.minusSeconds(1), "scaled in", NOON);
        var busy = new Traffic.Known(Set.of(), Map.of(patient.id(), 1, overdue.id(), 1));
        assertThat(
                        actions(
                                app,
                                List.of(patient, overdue),
                                listed(patient, overdue),
                                Map.of(),
                                busy))
                .extracting(PlannerTest::subject)
                .containsExactly("Stop web-1");
        assertThat(actions(app, List.of(patient), listed(patient), Map.of(), QUIET))
                .containsExactly(
                        new Action.Stop(
                                app,
                                patient,
                                container(patient),
                                "the drain deadline passed: open connections were closed"));
        var early = ready(app, 0).draining(NOON.plusSeconds(1), "", NOON.minusSeconds(1));
        assertThat(actions(app, List.of(early), listed(early), Map.of(), QUIET))
                .containsExactly(
                        new Action.Stop(
                                app, early, container(early), "drained: no requests in flight"));
    }

    @Test
    void what_a_dead_leader_left_half_done_is_finished() {
        var app = app("web", 2);
        var begun = starting(app, 0);
        var made = starting(app, 1);
        assertThat(actions(app, List.of(begun, made), listed(made), Map.of(), QUIET))
                .containsExactly(
                        new Action.Adopt(made, container(made), "the container is running"));
        assertThat(actions(app, List.of(begun, running(app, 1)), listed(made), Map.of(), QUIET))
                .containsExactly(new Action.Resume(app, begun, "an earlier start did not finish"));
    }

    @Test
    void a_start_is_resumed_with_the_revision_that_was_decided() {
        var before = app("web", 1);
        var now = app("web", 1, 2, Intent.RUN, Rollout.DEFAULT);
        var begun = starting(before, 0);

        assertThat(resumed(now, before, begun))
                .first()
                .isEqualTo(new Action.Resume(before, begun, "an earlier start did not finish"));
        assertThat(resumed(now, null, begun))
                .containsExactly(
                        new Action.Fail(
                                begun,
                                Cause.CONTAINER,
                                0,
                                NOON,
                                "revision 1 was superseded before it started"));
    }

    private static List<Action> resumed(App app, @Nullable App before, Instance slot) {
        return Planner.plan(SituationDraft.of(app, slot).before(before).situation()).actions();
    }

    @Test
    void slots_on_which_something_is_under_way_are_left_alone() {
        var app = app("web", 1);
        var situation = SituationDraft.of(app, starting(app, 0)).busy(Set.of(0)).situation();
        assertThat(Planner.plan(situation).actions()).isEmpty();
    }

    @ParameterizedTest(name = "surge {1}, unavailable {2}: {3}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    3 | 1 | 0 | Start web-3
                    3 | 3 | 0 | Start web-3, Start web-4, Start web-5
                    3 | 9 | 0 | Start web-3, Start web-4, Start web-5
                    3 | 0 | 1 | Drain web-0
                    3 | 1 | 1 | Start web-3, Drain web-0
                    """)
    void a_rollout_begins_within_its_bounds(int old, int surge, int unavailable, String steps) {
        var before = app("web", 3);
        var after = app("web", 3, 2, Intent.RUN, rollout(surge, unavailable));
        var slots =
                IntStream.range(0, old).mapToObj(i -> ready(before, i)).toArray(Instance[]::new);
        assertThat(
                        String.join(
                                ", ",
                                plan(after, slots).stream().map(PlannerTest::subject).toList()))
                .isEqualTo(steps);
    }

    @Test
    void a_rollout_goes_on_when_a_new_instance_is_ready() {
        var before = app("web", 2);
        var after = app("web", 2, 2, Intent.RUN, Rollout.DEFAULT);
        assertThat(plan(after, ready(before, 0), ready(before, 1), running(after, 2))).isEmpty();
        assertThat(plan(after, ready(before, 0), ready(before, 1), ready(after, 2)))
                .extracting(PlannerTest::subject)
                .containsExactly("Drain web-0");
    }

    @Test
    void a_stopped_app_is_drained_and_a_deleted_one_dropped_when_nothing_is_left() {
        var running = app("web", 1);
        var stopped = app("web", 1, 1, Intent.STOP, Rollout.DEFAULT);
        assertThat(plan(stopped, ready(running, 0)))
                .extracting(PlannerTest::subject)
                .containsExactly("Drain web-0");
        var deleted = app("web", 1, 1, Intent.DELETE, Rollout.DEFAULT);
        assertThat(plan(deleted))
                .containsExactly(new Action.Delete(deleted, "all instances are removed"));
        assertThat(plan(stopped)).isEmpty();
    }

    @Test
    void containers_of_no_instance_are_removed_unless_something_is_being_done_to_them() {
        var stray = container(ready(app("web", 1), 0));
        assertThat(Planner.orphans(List.of(stray), Set.of(), QUIET, Set.of())).hasSize(1);
        assertThat(Planner.orphans(List.of(stray), Set.of(), QUIET, Set.of("web-0"))).isEmpty();
    }

    @Test
    void a_container_of_no_instance_stays_as_long_as_the_proxy_may_send_it_requests() {
        var stray = container(ready(app("web", 1), 0));
        var routed = new Traffic.Known(Set.of(stray.instanceId()), Map.of());
        assertThat(Planner.orphans(List.of(stray), Set.of(), routed, Set.of())).isEmpty();
        assertThat(Planner.orphans(List.of(stray), Set.of(), new Traffic.Unknown(), Set.of()))
                .isEmpty();
    }

    @Test
    void a_copy_of_a_container_with_its_labels_is_removed_and_the_recorded_one_serves() {
        var app = app("web", 1);
        var instance = ready(app, 0);
        var original = container(instance);
        var copy =
                new Container(
                        "copy",
                        "web-0-copy",
                        original.app(),
                        original.index(),
                        original.instanceId(),
                        original.revision(),
                        original.epoch(),
                        Container.State.EXITED,
                        null,
                        original.image(),
                        NOON.plusSeconds(60));
        var occupants = Occupants.of(List.of(instance), List.of(copy, original));
        assertThat(occupants.byInstance()).containsExactly(Map.entry(instance.id(), original));
        var routed = new Traffic.Known(Set.of(instance.id()), Map.of());
        assertThat(Planner.orphans(occupants.strays(), Set.of(instance.id()), routed, Set.of()))
                .extracting(Action.Remove::container)
                .containsExactly(copy);
    }

    @Test
    void a_start_whose_container_is_not_recorded_yet_knows_it_by_its_name() {
        var instance = starting(app("web", 1), 0);
        var container = container(instance);
        assertThat(Occupants.of(List.of(instance), List.of(container)).byInstance())
                .containsValue(container);
        assertThat(Occupants.of(List.of(instance), List.of()).misses(instance)).isFalse();
        assertThat(
                        Occupants.of(List.of(ready(app("web", 1), 0)), List.of())
                                .misses(ready(app("web", 1), 0)))
                .isTrue();
    }

    @Test
    void the_deadline_of_a_drain_does_not_end_the_wait_for_the_proxy() {
        var app = app("web", 1);
        var longOverdue =
                ready(app, 0).draining(NOON.minusSeconds(600), "scaled in", NOON.minusSeconds(700));
        var routed = new Traffic.Known(Set.of(longOverdue.id()), Map.of());
        for (var traffic : List.of(routed, new Traffic.Unknown())) {
            assertThat(actions(app, List.of(longOverdue), listed(longOverdue), Map.of(), traffic))
                    .noneMatch(Action.Stop.class::isInstance);
            assertThat(actions(app, List.of(longOverdue), Map.of(), Map.of(), traffic))
                    .as("nginx may still send requests to the address of the ended container")
                    .noneMatch(Action.Stop.class::isInstance);
            assertThat(Withdrawals.overdue(longOverdue, traffic, NOON)).isTrue();
        }
        assertThat(actions(app, List.of(longOverdue), listed(longOverdue), Map.of(), QUIET))
                .hasAtLeastOneElementOfType(Action.Stop.class);
        assertThat(Withdrawals.overdue(longOverdue, QUIET, NOON)).isFalse();
    }

    @Test
    void a_failed_instance_is_not_cleared_before_the_proxy_has_withdrawn_it() {
        var app = app("web", 1);
        var failed = ready(app, 0).failed(1, NOON, "exited", NOON.minusSeconds(3600));
        for (var traffic :
                List.of(new Traffic.Known(Set.of(failed.id()), Map.of()), new Traffic.Unknown())) {
            assertThat(actions(app, List.of(failed), Map.of(), Map.of(), traffic))
                    .noneMatch(Action.Clear.class::isInstance);
        }
    }

    @Test
    void instances_of_a_worker_do_not_wait_for_the_proxy() {
        var app = Fixtures.app(SpecDraft.of("jobs").worker().spec(), 0);
        var leaving = ready(app, 0).draining(NOON.plusSeconds(30), "", NOON.minusSeconds(1));
        var failed = ready(app, 1).failed(1, NOON, "exited", NOON.minusSeconds(60));
        var unknown = new Traffic.Unknown();

        assertThat(actions(app, List.of(leaving), listed(leaving), Map.of(), unknown))
                .containsExactly(
                        new Action.Stop(
                                app,
                                leaving,
                                container(leaving),
                                "drained: no requests in flight"));
        assertThat(actions(app, List.of(failed), Map.of(), Map.of(), unknown))
                .hasAtLeastOneElementOfType(Action.Clear.class);
        assertThat(Withdrawals.overdue(failed, unknown, NOON)).isFalse();
    }

    @Test
    void a_container_that_is_being_removed_does_not_count_as_a_start() {
        var app = app("web", 1);
        var situation = SituationDraft.of(app).busy(Set.of(7)).situation();
        assertThat(Planner.plan(situation).actions())
                .extracting(PlannerTest::subject)
                .containsExactly("Start web-0");
    }

    @Test
    void a_container_at_another_address_is_ready_only_after_its_next_check() {
        var app = app("web", 1);
        var ready = ready(app, 0);
        var container = container(ready);
        var restarted =
                new Container(
                        container.id(),
                        container.name(),
                        container.app(),
                        container.index(),
                        container.instanceId(),
                        container.revision(),
                        container.epoch(),
                        Container.State.RUNNING,
                        "10.9.9.9",
                        container.image(),
                        container.createdAt());
        var adopted = ready.running(restarted, NOON);
        assertThat(adopted.routable()).isFalse();
        assertThat(adopted.address()).isEqualTo("10.9.9.9");
        assertThat(ready.running(container, NOON).routable()).isTrue();
    }

    @Test
    void an_instance_whose_image_is_not_the_one_of_its_revision_is_replaced() {
        var app = app("web", 2).running("web@sha256:1");
        var right = ready(app, 0);
        var wrong = ready(app, 1);
        var containers =
                Map.of(
                        right.id(),
                        of("web@sha256:1", container(right)),
                        wrong.id(),
                        of("web@sha256:2", container(wrong)));

        assertThat(actions(app, List.of(right, wrong), containers, Map.of(), QUIET))
                .containsExactly(
                        new Action.Start(app, 2, Action.Start.Cause.GROWTH, "replaces web-1"));
        var third = ready(app, 2);
        var three = new HashMap<>(containers);
        three.put(third.id(), of("web@sha256:1", container(third)));
        assertThat(actions(app, List.of(right, wrong, third), three, Map.of(), QUIET))
                .extracting(PlannerTest::subject)
                .containsExactly("Drain web-1");
        assertThat(actions(app("web", 2), List.of(right, wrong), containers, Map.of(), QUIET))
                .isEmpty(); // no image is recorded
    }

    /** The app ran revision 1, then revision 2 was rolled out, and then revision 3. */
    @Test
    void a_paused_rollout_keeps_what_an_interrupted_one_started_until_it_has_enough_itself() {
        var first = app("web", 4);
        var second = first.revised(spec("web", "web:2", rollout(1, 0)), 4, null, NOON);
        var third = second.revised(spec("web", "web:3", rollout(1, 0)), 4, first, NOON);
        var rollout = Objects.requireNonNull(third.rollout());
        var paused = third.rolling(rollout.paused(true, "", NOON), NOON);
        var slots =
                new Instance[] {
                    ready(paused, 0), ready(paused, 1), ready(second, 2), ready(second, 3)
                };

        var situation =
                SituationDraft.of(paused, slots)
                        .before(first)
                        .containers(listed(slots))
                        .situation();

        assertThat(Planner.plan(situation).actions())
                .extracting(PlannerTest::subject)
                .containsExactly("Start web-4", "Start web-5");
    }

    @Test
    void a_paused_rollout_stops_no_ready_instance_before_a_new_one_is_ready() {
        var before = app("web", 2);
        var next = before.revised(spec("web", "web:2", rollout(1, 0)), 2, null, NOON);
        var rollout = Objects.requireNonNull(next.rollout());
        var paused = next.rolling(rollout.paused(true, "", NOON), NOON);

        assertThat(paused(paused, before, running(paused, 2))).isEmpty();
        assertThat(paused(paused, before, ready(paused, 2)))
                .extracting(PlannerTest::subject)
                .containsExactly("Drain web-1");
    }

    private static List<Action> paused(App app, App before, Instance added) {
        var slots = new Instance[] {ready(before, 0), ready(before, 1), added};
        return Planner.plan(
                        SituationDraft.of(app, slots)
                                .before(before)
                                .containers(listed(slots))
                                .situation())
                .actions();
    }

    @Test
    void an_instance_that_a_proxy_cannot_reach_is_replaced_before_it_leaves() {
        var app = app("web", 2);
        var reached = ready(app, 0);
        var missed = ready(app, 1);
        var reasons = Map.of(missed.id(), "nginx-2 could not connect to it");

        assertThat(unreachable(app, reasons, reached, missed))
                .containsExactly(
                        new Action.Start(app, 2, Action.Start.Cause.GROWTH, "replaces web-1"));
        assertThat(unreachable(app, reasons, reached, missed, ready(app, 2)))
                .containsExactly(
                        new Action.Drain(
                                missed, NOON.plusSeconds(30), "nginx-2 could not connect to it"));
    }

    private static List<Action> unreachable(App app, Map<Long, String> reasons, Instance... slots) {
        var containers = Arrays.stream(slots).collect(toMap(Instance::id, slot -> container(slot)));
        var situation =
                SituationDraft.of(app, slots)
                        .containers(containers)
                        .unreachable(reasons)
                        .situation();
        return Planner.plan(situation).actions();
    }

    private static Container of(String image, Container container) {
        return new Container(
                container.id(),
                container.name(),
                container.app(),
                container.index(),
                container.instanceId(),
                container.revision(),
                container.epoch(),
                container.state(),
                container.address(),
                image,
                container.createdAt());
    }

    private static List<Action> plan(App app, Instance... slots) {
        return actions(app, Arrays.asList(slots), listed(slots), Map.of(), QUIET);
    }

    private static List<Action> actions(
            App app,
            List<Instance> slots,
            Map<Long, Container> containers,
            Map<Long, InstanceHealth> instanceHealth,
            Traffic traffic) {
        return Planner.plan(situation(app, slots, containers, instanceHealth, traffic)).actions();
    }

    private static Situation situation(
            App app,
            List<Instance> slots,
            Map<Long, Container> containers,
            Map<Long, InstanceHealth> instanceHealth,
            Traffic traffic) {
        return SituationDraft.of(app, slots)
                .containers(containers)
                .checked(instanceHealth)
                .traffic(traffic)
                .situation();
    }

    private static Map<Long, Container> listed(Instance... slots) {
        return new HashMap<>(
                Arrays.stream(slots).collect(toMap(Instance::id, slot -> container(slot))));
    }

    private static String subject(Action action) {
        return switch (action) {
            case Action.Start(var app, var index, _, _) ->
                    "Start " + Instance.name(app.name(), index);
            case Action.Drain(var instance, _, _) -> "Drain " + instance.name();
            case Action.Stop(_, var instance, _, _) -> "Stop " + instance.name();
            default -> action.toString();
        };
    }
}
