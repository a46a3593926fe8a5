package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.model.Decision;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.model.Metric;
import io.autoserve.scaling.History.Wanted;
import io.autoserve.testing.ScalingDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Uses the targets 100 requests/s, 200 ms and 50 % CPU. The autoscaler scales out above 80 % of a
 * target and scales in below 30 % of all targets.
 */
class ScalerTest {
    private static final Duration WINDOW = Duration.ofSeconds(20);
    private static final Duration STABILIZATION = Duration.ofMinutes(5);
    private static final CustomMetric QUEUE =
            new CustomMetric("queue", new PostgresQuery("db", "select 1"), 50);

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # what it does                             | there | rps  | p95 | cpu | wanted | to
                    holds between the thresholds               |   4   |   60 |  80 |  25 |  4     | 4
                    holds right at the threshold out           |   4   |   80 |  80 |  25 |  4     | 4
                    adds one where one is enough               |   4   |   90 |  80 |  25 |  5     | 5
                    adds as many as the ratio says             |   2   |  190 |  80 |  25 |  5     | 5
                    takes the largest of the proposals         |   2   |   90 |  80 |  80 |  4     | 4
                    adds at most a step                        |   2   |  195 |  80 |  25 |  5     | 5
                    doubles at most where latency is high      |   2   |   60 | 900 |  25 |  4     | 4
                    adds none above maxReplicas                |   9   |  150 |  80 |  25 | 17     | 10
                    stays in where only one metric is high     |   4   |    5 |  10 |  90 |  9     | 7
                    stays where not all metrics are low        |   4   |    5 |  10 |  25 |  4     | 4
                    takes away when all metrics are low        |   4   |   10 |  10 |   5 |  3     | 3
                    takes away at most a step                  |   9   |   10 |  10 |   5 |  8     | 8
                    keeps minReplicas                          |   1   |    0 |   0 |   0 |  0     | 1
                    """)
    void decides_by_the_ratio(
            String rule, int there, double rps, double p95, double cpu, int wanted, int to) {
        var load = load(there, rps, p95, cpu);
        var decision = decide(there, load, quiet(there));

        assertThat(decision.to()).as(decision.reason()).isEqualTo(to);
        assertThat(decision.wanted()).isEqualTo(wanted);
    }

    @Test
    void waits_out_the_cooldown_after_scaling_out() {
        var history = quiet(2).scaled(decision(Outcome.OUT, NOON.minusSeconds(30)));
        var decision = decide(2, load(2, 150, 80, 25), history);

        assertThat(decision.outcome()).isEqualTo(Outcome.HOLD);
        assertThat(decision.reason())
                .isEqualTo(
                        "scales out after 12:00:30 UTC, when the cooldown ends: 150 requests/s per instance is 150 % of the target 100");
        assertThat(decision.caps()).containsExactly("the cooldown lasts until 12:00:30 UTC");
    }

    @Test
    void scales_out_at_once_after_it_scaled_in_too_far() {
        var history = quiet(2).scaled(decision(Outcome.IN, NOON.minusSeconds(1)));

        assertThat(decide(2, load(2, 150, 80, 25), history).outcome()).isEqualTo(Outcome.OUT);
    }

    @Test
    void does_not_scale_in_soon_after_any_change() {
        for (var change : List.of(Outcome.OUT, Outcome.IN)) {
            var history = quiet(4).scaled(decision(change, NOON.minusSeconds(30)));
            assertThat(decide(4, idle(4), history).caps())
                    .containsExactly("the cooldown lasts until 12:00:30 UTC");
        }
    }

    @Test
    void scales_in_only_to_the_most_wanted_within_the_stabilization_window() {
        var history =
                new History(
                        NOON.minusSeconds(900),
                        null,
                        null,
                        null,
                        null,
                        List.of(
                                new Wanted(NOON.minusSeconds(301), 9),
                                new Wanted(NOON.minusSeconds(299), 4)));

        assertThat(decide(4, idle(4), history).caps())
                .containsExactly("the load needed 4 within the stabilization window");
        assertThat(decide(6, idle(6), history).to()).isEqualTo(5);
    }

    @Test
    void does_not_scale_in_before_it_watched_for_a_stabilization_window() {
        assertThat(decide(4, idle(4), History.begin(NOON.minusSeconds(299))).caps())
                .containsExactly(
                        "the load must first be observed for a whole stabilization window, until 12:00:01 UTC");
    }

    @Test
    void never_scales_in_where_samples_are_missing() {
        var gap = new Load(4, WINDOW, false, idle(4).values());

        assertThat(decide(4, gap, quiet(4)).caps())
                .containsExactly("samples are missing from the last 20 s");
    }

    @Test
    void never_scales_in_where_a_metric_is_not_known() {
        var values = new EnumMap<>(idle(4).values());
        values.remove(Metric.CPU);

        assertThat(decide(4, new Load(4, WINDOW, true, values), quiet(4)).caps())
                .containsExactly("CPU is not known");
    }

    @Test
    void scales_out_by_what_is_known() {
        var values = new EnumMap<>(load(2, 150, 80, 25).values());
        values.remove(Metric.CPU);

        assertThat(decide(2, new Load(2, WINDOW, false, values), quiet(2)).to()).isEqualTo(4);
    }

    @Test
    void holds_where_nothing_is_known() {
        var decision = decide(2, new Load(0, Duration.ZERO, false, Map.of()), quiet(2));

        assertThat(decision.reason())
                .isEqualTo("keeps 2 instances: none is ready, so the load is unknown");
        assertThat(decision.proposals()).hasSize(3);
    }

    @Test
    void does_not_ask_again_for_what_is_on_its_way() {
        var oneReady = load(1, 300, 80, 25);

        assertThat(decide(4, oneReady, quiet(4)).outcome()).isEqualTo(Outcome.HOLD);
    }

    @Test
    void a_rollout_neither_scales_in_nor_multiplies_what_it_has_there() {
        var surging = load(6, 140.0 / 6, 10, 5); // 4 are desired

        var decision = decide(new ScalingState(4, true, null), surging, surging, quiet(4));

        assertThat(decision.caps()).containsExactly("a rollout is in progress");
        var busy = load(6, 90, 80, 25);
        assertThat(decide(new ScalingState(4, true, null), busy, busy, quiet(4)).to()).isEqualTo(7);
        var slow = load(6, 60, 250, 25);
        assertThat(decide(new ScalingState(4, true, null), slow, slow, quiet(4)).wanted())
                .isEqualTo(7);
    }

    @Test
    void panics_at_twice_the_target_and_then_does_not_wait() {
        var calm = load(2, 70, 80, 25);
        var sudden = load(2, 200, 80, 25);
        var history = quiet(2).scaled(decision(Outcome.OUT, NOON.minusSeconds(3)));

        var decision = decide(new ScalingState(2, false, null), calm, sudden, history);

        assertThat(decision.to()).isEqualTo(5);
        assertThat(decision.inputs().panicUntil()).isEqualTo(NOON.plus(WINDOW));
        assertThat(decision.reason())
                .isEqualTo(
                        "out from 2 to 5: 200 requests/s per instance is 200 % of the target 100, a sudden rise");
        assertThat(
                        decide(
                                        new ScalingState(2, false, null),
                                        calm,
                                        load(2, 199, 80, 25),
                                        history)
                                .to())
                .isEqualTo(2);
    }

    @Test
    void waits_for_the_end_of_a_rise_but_for_two_seconds_at_most() {
        var there = new ScalingState(2, false, null);
        var calm = load(2, 90, 80, 25);
        var sudden = load(2, 200, 80, 25);
        var rising = load(2, 221, 80, 25);

        var waiting = decide(there, calm, sudden, rising, quiet(2));

        assertThat(waiting.outcome()).isEqualTo(Outcome.HOLD);
        assertThat(waiting.caps()).containsExactly("the load is still rising");
        assertThat(waiting.reason())
                .isEqualTo(
                        "waits for the end of the rise: 200 requests/s per instance is 200 % of the target 100");
        var waited = quiet(2).after(waiting, policy());
        var soon = decideAt(NOON.plusMillis(1999), there, calm, sudden, rising, waited);
        assertThat(soon.outcome()).isEqualTo(Outcome.HOLD);
        var late = decideAt(NOON.plusSeconds(2), there, calm, sudden, rising, waited);
        assertThat(late.to()).isEqualTo(5);
        var over = load(2, 220, 80, 25);
        assertThat(decide(there, calm, sudden, over, quiet(2)).to()).isEqualTo(5);
    }

    @Test
    void a_rise_begins_anew_after_scaling_out_and_after_the_load_was_low_enough() {
        var there = new ScalingState(2, false, null);
        var sudden = load(2, 200, 80, 25);
        var rising = load(2, 250, 80, 25);
        var waited = quiet(2).after(decide(there, sudden, sudden, rising, quiet(2)), policy());
        var later = NOON.plusSeconds(2);

        var out = decideAt(later, there, sudden, sudden, rising, waited);
        var calm = decide(there, idle(2), idle(2), idle(2), waited);

        assertThat(waited.neededSince()).isEqualTo(NOON);
        assertThat(waited.after(out, policy()).scaled(out).neededSince()).isNull();
        assertThat(waited.after(calm, policy()).neededSince()).isNull();
    }

    @Test
    void does_not_scale_in_while_it_panics() {
        var history = quiet(4).after(panicking(), policy());

        assertThat(decide(4, idle(4), history).caps())
                .containsExactly("the load rose suddenly; no scaling in until 12:00:10 UTC");
    }

    @Test
    void leaves_what_an_operator_scaled_to() {
        var held = new ScalingState(2, false, NOON.plusSeconds(60));
        var decision = decide(held, load(2, 500, 80, 25), load(2, 500, 80, 25), quiet(2));

        assertThat(decision.reason())
                .isEqualTo(
                        "keeps 2 instances until 12:01:00 UTC, because an operator set this number");
        assertThat(decision.wanted()).isGreaterThan(2);
    }

    @Test
    void keeps_the_bounds_though_nothing_is_known() {
        var unknown = new Load(0, Duration.ZERO, false, Map.of());

        assertThat(decide(0, unknown, quiet(0)).reason())
                .isEqualTo("out from 0 to 1: minReplicas is 1");
        assertThat(decide(12, unknown, quiet(12)).reason())
                .isEqualTo("in from 12 to 10: maxReplicas is 10");
    }

    @Test
    void a_new_leader_goes_on_where_the_one_before_was_and_begins_anew_after_a_gap() {
        var history = quiet(4);

        assertThat(history.takenOver(NOON.plusSeconds(20))).isEqualTo(history);
        assertThat(history.takenOver(NOON.plusSeconds(90)).since()).isEqualTo(NOON.plusSeconds(90));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # what it does                             | there | idle | waiting | rolling | to | why
                    stays until it is idle                     | 1     | 299  | false   | false   | 1  | keeps 1 instances although the load needs 0: 1 stays until the app is idle
                    sleeps when it is idle                     | 1     | 300  | false   | false   | 0  | in from 1 to 0: no request for 300 s
                    sleeps with all of its instances           | 3     | 300  | false   | false   | 0  | in from 3 to 0: no request for 300 s
                    does not sleep while requests wait         | 1     | 300  | true    | false   | 1  | keeps 1 instances although the load needs 0: 1 stays until the app is idle
                    does not sleep during a rollout            | 1     | 300  | false   | true    | 1  | keeps 1 instances although the load needs 0: a rollout is in progress
                    sleeps until a request arrives             | 0     | 10   | false   | false   | 0  | sleeps until a request arrives
                    wakes for a request                        | 0     | 0    | true    | false   | 1  | out from 0 to 1: a request woke the app
                    """)
    void an_app_may_sleep(
            String rule,
            int there,
            int idle,
            boolean waiting,
            boolean rolling,
            int to,
            String why) {
        var demand = new Demand(Duration.ofSeconds(idle), waiting);
        var load = there == 0 ? new Load(0, Duration.ZERO, false, Map.of()) : load(there, 0, 0, 0);
        var policy =
                new ScalingDraft()
                        .sleepsAfter(Duration.ofMinutes(5))
                        .requests(100)
                        .window(WINDOW)
                        .stabilization(STABILIZATION)
                        .scaling();

        var decision =
                Scaler.decide(
                        policy,
                        new ScalingState(there, rolling, null, demand),
                        load,
                        load,
                        load,
                        quiet(0),
                        NOON);

        assertThat(decision.to()).isEqualTo(to);
        assertThat(decision.reason()).isEqualTo(why);
    }

    @Test
    void an_app_whose_requests_are_not_known_stays_as_it_is() {
        var policy = new ScalingDraft().sleepsAfter(Duration.ofMinutes(5)).scaling();
        for (var there : List.of(0, 1)) {
            var load = there == 0 ? new Load(0, WINDOW, false, Map.of()) : idle(there);
            var decision =
                    Scaler.decide(
                            policy,
                            new ScalingState(there, false, null, null),
                            load,
                            load,
                            load,
                            quiet(there),
                            NOON);
            assertThat(decision.outcome()).as(decision.reason()).isEqualTo(Outcome.HOLD);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    follows the schedule up      | 2 | false | 5 | out from 2 to 5: minReplicas is 5
                    stays                        | 5 | false | 5 | keeps 5 instances: minReplicas is 5
                    follows it down at once      | 9 | false | 5 | in from 9 to 5: minReplicas is 5
                    stays during a rollout       | 9 | true  | 9 | keeps 9 instances: minReplicas is 5
                    """)
    void without_targets_only_the_schedule_decides(
            String rule, int there, boolean rolling, int to, String why) {
        var load = idle(there);
        var decision =
                Scaler.decide(
                        new ScalingDraft().auto(5, 10).scaling(),
                        new ScalingState(there, rolling, null),
                        load,
                        load,
                        load,
                        quiet(there),
                        NOON);

        assertThat(decision.to()).isEqualTo(to);
        assertThat(decision.reason()).isEqualTo(why);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # what it does                | there | queue | zero for | to | why
                    shares the number             | 2     | 120   | 0        | 3  | out from 2 to 3: 60 queue per instance is 120 % of the target 50
                    stays between the thresholds  | 3     | 90    | 0        | 3  | keeps 3 instances: 30 queue per instance is 60 % of the target 50
                    follows a short queue         | 4     | 10    | 0        | 3  | in from 4 to 3: all metrics are below 30 %: 2.50 queue per instance is 5 % of the target 50
                    the last one waits            | 1     | 0     | 59       | 1  | keeps 1 instances although the load needs 0: 1 stays until the app is idle
                    goes when it was 0 for long   | 1     | 0     | 60       | 0  | in from 1 to 0: not needed for 60 s
                    wakes for a job               | 0     | 1     | 0        | 1  | out from 0 to 1: queue is 1
                    sleeps without a job          | 0     | 0     | 600      | 0  | sleeps until it is needed
                    """)
    void a_worker_follows_a_number_of_another_system(
            String rule, int there, double queue, int zeroFor, int to, String why) {
        var decision = decideByQueue(there, new Measured(queue, Duration.ofSeconds(zeroFor), ""));

        assertThat(decision.to()).isEqualTo(to);
        assertThat(decision.reason()).isEqualTo(why);
    }

    @Test
    void a_number_that_is_not_known_removes_no_instance() {
        var unknown = Measured.unknown("connection refused");

        assertThat(decideByQueue(1, unknown).outcome()).isEqualTo(Outcome.HOLD);
        assertThat(decideByQueue(0, unknown).reason()).isEqualTo("sleeps until it is needed");
    }

    @Test
    void of_two_metrics_an_unknown_one_is_named_with_the_reason() {
        var policy =
                new ScalingDraft()
                        .auto(1, 10)
                        .cpu(50)
                        .metrics(QUEUE)
                        .window(WINDOW)
                        .stabilization(STABILIZATION)
                        .scaling();
        var measured = Map.of("queue", Measured.unknown("connection refused"));
        var load = idle(4);
        var decision =
                Scaler.decide(
                        policy,
                        new ScalingState(4, false, null, null, measured),
                        load,
                        load,
                        load,
                        quiet(4),
                        NOON);

        assertThat(decision.caps()).containsExactly("queue is not known: connection refused");
    }

    private static Decision decideByQueue(int there, Measured measured) {
        var load = new Load(there, WINDOW, there > 0, Map.of());
        var policy =
                new ScalingDraft()
                        .sleepsAfter(Duration.ofSeconds(60))
                        .metrics(QUEUE)
                        .window(WINDOW)
                        .stabilization(STABILIZATION)
                        .scaling();
        return Scaler.decide(
                policy,
                new ScalingState(there, false, null, Demand.NONE, Map.of("queue", measured)),
                load,
                load,
                load,
                quiet(0),
                NOON);
    }

    @Test
    void waking_begins_no_cooldown() {
        var woken =
                new Decision(
                        NOON,
                        Outcome.OUT,
                        0,
                        1,
                        0,
                        "test",
                        List.of(),
                        List.of(),
                        panicking().inputs());

        assertThat(quiet(0).scaled(woken).scaledOutAt()).isNull();
    }

    private static Scaling policy() {
        return new ScalingDraft()
                .auto(1, 10)
                .requests(100)
                .latency(200)
                .cpu(50)
                .window(WINDOW)
                .stabilization(STABILIZATION)
                .scaling();
    }

    private static Decision decide(int replicas, Load load, History history) {
        return decide(new ScalingState(replicas, false, null), load, load, history);
    }

    /**
     * Decides with the load over the usual window and the load over the short panic window. Only
     * tests of panic and of rising load use different loads.
     */
    private static Decision decide(ScalingState standing, Load load, Load burst, History history) {
        return decide(standing, load, burst, burst, history);
    }

    private static Decision decide(
            ScalingState standing, Load load, Load burst, Load newest, History history) {
        return decideAt(NOON, standing, load, burst, newest, history);
    }

    private static Decision decideAt(
            Instant now,
            ScalingState standing,
            Load load,
            Load burst,
            Load newest,
            History history) {
        return Scaler.decide(policy(), standing, load, burst, newest, history, now);
    }

    private static Load load(int ready, double rps, double p95, double cpu) {
        return new Load(
                ready,
                WINDOW,
                true,
                Map.of(
                        Metric.REQUESTS, new Load.Value(rps, ready),
                        Metric.LATENCY, new Load.Value(p95, ready),
                        Metric.CPU, new Load.Value(cpu, ready)));
    }

    private static Load idle(int ready) {
        return load(ready, 1, 1, 1);
    }

    /** Returns a long history in which one instance was always enough. */
    private static History quiet(int replicas) {
        return new History(
                NOON.minus(STABILIZATION),
                null,
                null,
                null,
                null,
                List.of(new Wanted(NOON, Math.min(1, replicas))));
    }

    private static Decision decision(Outcome outcome, Instant at) {
        return made(outcome, at, null);
    }

    private static Decision panicking() {
        return made(Outcome.HOLD, NOON.minusSeconds(10), NOON.plusSeconds(10));
    }

    private static Decision made(Outcome outcome, Instant at, @Nullable Instant panicUntil) {
        var inputs =
                new Decision.Inputs(
                        1, WINDOW, WINDOW, true, false, false, panicUntil, null, null, null);
        var to = outcome == Outcome.OUT ? 2 : outcome == Outcome.IN ? 0 : 1;
        return new Decision(at, outcome, 1, to, 1, "test", List.of(), List.of(), inputs);
    }
}
