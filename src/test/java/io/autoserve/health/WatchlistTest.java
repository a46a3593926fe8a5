package io.autoserve.health;

import static io.autoserve.health.Targets.START_LIMIT;
import static io.autoserve.health.Targets.adopted;
import static io.autoserve.health.Targets.check;
import static io.autoserve.health.Targets.flat;
import static io.autoserve.health.Targets.fresh;
import static io.autoserve.health.Targets.seconds;
import static io.autoserve.health.Targets.target;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import io.autoserve.testing.MovedClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchlistTest {

    private final MovedClock clock = new MovedClock();
    private final Instances instances = new Instances();
    private final List<Verdict> told = new ArrayList<>();
    private Runnable cancelAlarm = () -> {};
    private final Watchlist watchlist =
            new Watchlist(clock, new Random(1), instances, this::setAlarm, told::add);

    @Test
    void a_fresh_instance_is_ready_soon_after_it_listens() {
        instances.refuses(1, "/");
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        clock.advance(seconds(0.3));
        assertThat(told).isEmpty();

        instances.answers(1, "/");
        clock.advance(seconds(0.15));
        assertThat(told)
                .containsExactly(new Verdict(1, true, true, true, "readiness check passed"));
    }

    @Test
    void an_instance_without_checks_is_ready_as_soon_as_it_runs() {
        watchlist.watch(List.of(fresh(1, HealthChecks.NONE)));
        assertThat(told)
                .containsExactly(new Verdict(1, true, true, true, "running, no readiness check"));
        clock.advance(seconds(10));
        assertThat(instances.asked).isEmpty();
    }

    @Test
    void a_changed_check_is_asked_of_an_instance_that_is_ready_as_it_was() {
        instances.answers(1, "/");
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        clock.advance(seconds(1));
        told.clear();

        instances.refuses(1, "/new");
        watchlist.watch(List.of(adopted(1, flat(check("/new")))));
        assertThat(told).isEmpty();
        clock.advance(seconds(60));
        assertThat(told).extracting(Verdict::ready).containsExactly(false);
    }

    @Test
    void nobody_is_asked_before_the_initial_delay_and_everyone_at_its_end() {
        watchlist.watch(List.of(fresh(1, flat(check("/", 1, 1, 3, 1, 5)))));
        clock.advance(seconds(4.99));
        assertThat(instances.asked).isEmpty();
        clock.advance(seconds(0.01));
        assertThat(told).hasSize(1);
    }

    @Test
    void an_instance_without_an_address_is_not_asked_yet() {
        var checks = flat(check("/"));
        var homeless = target(1, checks, Instance.Health.UNKNOWN, null);
        watchlist.watch(List.of(homeless));
        assertThat(instances.asked).isEmpty();
        assertThat(watchlist.verdict(homeless.instance())).isEmpty();
    }

    @Test
    void startup_holds_readiness_and_liveness_back() {
        var checks = new HealthChecks(check("/up"), check("/ready"), check("/live"));
        instances.refuses(1, "/up");
        instances.refuses(1, "/live");
        watchlist.watch(List.of(fresh(1, checks)));
        clock.advance(seconds(2));
        assertThat(instances.asked.keySet()).containsExactly("1/up");

        instances.answers(1, "/up");
        clock.advance(seconds(1));
        assertThat(told)
                .containsExactly(new Verdict(1, true, true, true, "readiness check passed"));

        clock.advance(seconds(4));
        assertThat(told.getLast().alive()).isFalse();
        assertThat(told.getLast().reason())
                .isEqualTo("liveness check did not succeed within 3 s: connection refused");
    }

    @Test
    void an_instance_that_never_starts_is_to_be_replaced() {
        var checks = new HealthChecks(check("/up"), check("/ready"), null);
        instances.refuses(1, "/up");
        watchlist.watch(List.of(fresh(1, checks)));
        clock.advance(seconds(4));
        assertThat(told)
                .containsExactly(
                        new Verdict(
                                1,
                                true,
                                false,
                                false,
                                "startup check did not succeed within 3 s: connection refused"));
    }

    @Test
    void an_instance_without_a_startup_check_may_start_slowly() {
        instances.refuses(1, "/");
        var target = fresh(1, flat(check("/")));
        watchlist.watch(List.of(target));
        clock.advance(seconds(2.9));
        assertThat(told).isEmpty();
        assertThat(watchlist.verdict(target.instance())).get().matches(it -> !it.settled());

        clock.advance(seconds(590));
        instances.answers(1, "/");
        clock.advance(seconds(2));
        assertThat(told)
                .containsExactly(
                        new Verdict(
                                1,
                                true,
                                false,
                                true,
                                "readiness check has not succeeded for 3 s (limit 600 s): connection"
                                        + " refused"),
                        new Verdict(1, true, true, true, "readiness check passed"));
    }

    @Test
    void a_refused_connection_is_explained_once_it_matters() {
        instances.closes(1, "/");
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        clock.advance(seconds(2.9));
        assertThat(instances.explained).isZero();

        clock.advance(seconds(60));
        assertThat(instances.explained).isOne();
        assertThat(told)
                .extracting(Verdict::reason)
                .containsExactly(
                        "readiness check has not succeeded for 3 s (limit 600 s): refused; it"
                                + " listens on port 3000");
    }

    @Test
    void few_refused_connections_are_explained_at_the_same_time() {
        var targets = LongStream.range(0, 50).mapToObj(id -> fresh(id, flat(check("/")))).toList();
        targets.forEach(target -> instances.closes(target.instance().id(), "/"));
        watchlist.watch(targets);
        clock.advance(seconds(10));
        assertThat(instances.mostExplainedAtOnce).isEqualTo(4);
        assertThat(told).hasSize(50).noneMatch(Verdict::ready);
    }

    @Test
    void an_instance_without_a_startup_check_counts_failures_from_the_first_success_on() {
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        clock.advance(seconds(1));
        instances.refuses(1, "/");
        clock.advance(seconds(4));
        assertThat(told.getLast().alive()).isFalse();
    }

    @Test
    void an_instance_without_a_startup_check_is_replaced_when_its_limit_is_over() {
        instances.refuses(1, "/");
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        clock.advance(START_LIMIT.plusSeconds(2));
        assertThat(told.getLast())
                .isEqualTo(
                        new Verdict(
                                1,
                                true,
                                false,
                                false,
                                "liveness check did not succeed within 600 s: connection refused"));
    }

    @Test
    void an_instance_is_ready_once_the_check_of_its_image_has_succeeded_too() {
        instances.refuses(1, "/image");
        var checks = new HealthChecks(null, check("/connects"), check("/image"), true);
        watchlist.watch(List.of(fresh(1, checks)));
        clock.advance(seconds(2));
        assertThat(told).isEmpty();

        clock.advance(seconds(2));
        assertThat(told.getLast())
                .isEqualTo(
                        new Verdict(
                                1,
                                true,
                                false,
                                true,
                                "HEALTHCHECK of the image has not succeeded for 3 s (limit 600 s):"
                                        + " connection refused"));
        instances.answers(1, "/image");
        clock.advance(seconds(1));
        assertThat(told.getLast().ready()).isTrue();

        instances.refuses(1, "/image");
        clock.advance(seconds(4));
        assertThat(told.getLast().alive()).isFalse();
        assertThat(told.getLast().reason())
                .isEqualTo("HEALTHCHECK of the image failed 3 times in a row: connection refused");
    }

    @Test
    void an_image_without_a_check_leaves_the_decision_to_readiness() {
        watchlist.watch(List.of(fresh(1, new HealthChecks(null, check("/connects"), null, true))));
        clock.advance(seconds(1));
        assertThat(told)
                .containsExactly(new Verdict(1, true, true, true, "readiness check passed"));
    }

    @Test
    void a_liveness_check_counts_from_its_own_first_success() {
        instances.refuses(1, "/live");
        watchlist.watch(List.of(fresh(1, new HealthChecks(null, check("/ready"), check("/live")))));
        clock.advance(seconds(60));
        assertThat(told)
                .containsExactly(new Verdict(1, true, true, true, "readiness check passed"));
    }

    @ParameterizedTest(name = "{0} s after its start")
    @CsvSource({"60, 540", "599, 3", "3600, 3"})
    void a_new_leader_counts_from_the_start_of_the_container(double age, double left) {
        clock.advance(seconds(age));
        instances.refuses(1, "/");
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        clock.advance(seconds(left - 0.5));
        assertThat(told).allMatch(Verdict::alive);
        clock.advance(seconds(2.5));
        assertThat(told.getLast().alive()).isFalse();
    }

    @Test
    void an_unready_instance_that_is_alive_is_only_taken_out_of_the_route() {
        watchlist.watch(List.of(fresh(1, new HealthChecks(null, check("/ready"), check("/live")))));
        instances.refuses(1, "/ready");
        clock.advance(seconds(5));
        assertThat(told).hasSize(2);
        assertThat(told.getLast())
                .isEqualTo(
                        new Verdict(
                                1,
                                true,
                                false,
                                true,
                                "readiness check failed 3 times in a row: connection refused"));
        instances.answers(1, "/ready");
        clock.advance(seconds(1));
        assertThat(told.getLast().ready()).isTrue();
    }

    @Test
    void an_instance_that_relapses_again_and_again_is_steady_only_after_several_passes() {
        var once = check("/ready", 1, 1, 1, 1, 0);
        watchlist.watch(List.of(fresh(1, new HealthChecks(null, once, null))));
        for (var relapse = 0; relapse < 3; relapse++) {
            clock.advance(seconds(2));
            instances.refuses(1, "/ready");
            clock.advance(seconds(2));
            instances.answers(1, "/ready");
        }
        clock.advance(seconds(1));
        assertThat(told.getLast().ready()).isTrue();
        assertThat(told.getLast().steady()).isFalse();

        clock.advance(seconds(10));
        assertThat(told.getLast().steady()).isTrue();
    }

    @ParameterizedTest(
            name = "period {0} s, timeout {1} s, threshold {2}, frozen {3} s after an answer")
    @CsvSource({
        "1, 1, 3, 0.000",
        "1, 1, 3, 0.500",
        "1, 1, 3, 0.999",
        "1, 5, 3, 0.001",
        "1, 0.5, 1, 0.001",
        "2, 2, 2, 0.001",
        "10, 10, 3, 0.001",
        "0.5, 0.5, 5, 0.001",
        "5, 1, 2, 4.9"
    })
    void a_frozen_instance_is_out_within_period_times_threshold_and_a_quarter_of_a_second(
            double period, double timeout, int threshold, double after) {
        watchlist.watch(List.of(fresh(1, flat(check("/", period, timeout, threshold, 1, 0)))));
        clock.advance(seconds(period * 7).plus(seconds(after)));
        assertThat(told).hasSize(1);

        instances.freezes(1, "/");
        clock.advance(seconds(period * threshold + 0.25));
        assertThat(told).hasSize(2);
        assertThat(told.getLast().ready()).isFalse();
        assertThat(told.getLast().alive()).isFalse();
    }

    @ParameterizedTest(name = "answers after {0} s, timeout {1} s, threshold {2}")
    @CsvSource({"0.9, 1, 1", "0.9, 1, 3", "0.95, 5, 2"})
    void a_slow_instance_that_keeps_its_timeout_stays_ready(
            double answer, double timeout, int threshold) {
        instances.answersAfter(1, "/", seconds(answer));
        watchlist.watch(List.of(fresh(1, flat(check("/", 1, timeout, threshold, 1, 0)))));
        clock.advance(seconds(60));
        assertThat(told).hasSize(1);
    }

    @Test
    void a_new_leader_takes_a_ready_instance_for_ready_until_it_fails_as_often_as_any_other() {
        instances.refuses(1, "/");
        var target = adopted(1, flat(check("/")));
        watchlist.watch(List.of(target));
        assertThat(watchlist.verdict(target.instance())).get().matches(Verdict::ready);
        clock.advance(seconds(1.8));
        assertThat(told).isEmpty();

        clock.advance(seconds(1.2));
        assertThat(told).hasSize(1);
        assertThat(told.getFirst().ready()).isFalse();
    }

    @Test
    void a_ready_instance_that_stays_ready_is_no_news() {
        watchlist.watch(
                LongStream.range(0, 50).mapToObj(id -> adopted(id, flat(check("/")))).toList());
        clock.advance(seconds(60));
        assertThat(told).isEmpty();
    }

    @Test
    void a_ready_instance_that_moved_is_checked_before_it_is_ready_again() {
        var checks = flat(check("/"));
        watchlist.watch(List.of(adopted(1, checks)));
        var moved = target(1, checks, Instance.Health.UNKNOWN, "10.0.0.99");
        instances.answersAfter(1, "/", seconds(0.5));

        assertThat(watchlist.verdict(moved.instance())).isEmpty();
        watchlist.watch(List.of(moved));
        assertThat(watchlist.verdict(moved.instance())).get().matches(it -> !it.ready());
        clock.advance(seconds(1));
        assertThat(watchlist.verdict(moved.instance())).get().matches(Verdict::ready);
    }

    @Test
    void watching_the_same_again_disturbs_nothing() {
        var targets = List.of(fresh(1, flat(check("/", 10, 1, 3, 1, 0))));
        watchlist.watch(targets);
        clock.advance(seconds(1));
        watchlist.watch(targets);
        clock.advance(seconds(1));
        assertThat(instances.asked).isEqualTo(Map.of("1/", 1));
        assertThat(told).hasSize(1);
    }

    @Test
    void who_is_gone_is_asked_no_more_and_a_late_answer_is_not_told() {
        instances.answersAfter(1, "/", seconds(0.5));
        var target = fresh(1, flat(check("/")));
        watchlist.watch(List.of(target));
        watchlist.watch(List.of());
        clock.advance(seconds(10));
        assertThat(instances.asked).isEqualTo(Map.of("1/", 1));
        assertThat(told).isEmpty();
        assertThat(watchlist.verdict(target.instance())).isEmpty();
    }

    @Test
    void same_checks_are_asked_once() {
        watchlist.watch(List.of(fresh(1, flat(check("/")))));
        assertThat(instances.asked).isEqualTo(Map.of("1/", 1));
    }

    @Test
    void a_thousand_frozen_instances_are_asked_two_hundred_at_a_time_and_all_found_out() {
        var targets =
                LongStream.range(0, 1000)
                        .mapToObj(id -> adopted(id, flat(check("/", 5, 1, 2, 1, 0))))
                        .toList();
        targets.forEach(target -> instances.freezes(target.instance().id(), "/"));
        watchlist.watch(targets);
        clock.advance(seconds(20));
        assertThat(instances.mostAtOnce).isEqualTo(Watchlist.AT_ONCE);
        assertThat(told).hasSize(1000).noneMatch(Verdict::ready);
    }

    @Test
    void a_thousand_adopted_instances_are_spread_over_the_period() {
        watchlist.watch(
                LongStream.range(0, 1000)
                        .mapToObj(id -> adopted(id, flat(check("/", 10, 1, 3, 1, 0))))
                        .toList());
        assertThat(instances.asked).isEmpty();
        clock.advance(seconds(1));
        assertThat(instances.asked.size()).isBetween(50, 150);
    }

    private void setAlarm(Duration delay) {
        cancelAlarm.run();
        cancelAlarm = clock.after(delay, watchlist::round);
    }

    /**
     * Simulates instances. A test sets whether they answer in time, answer with an error or never
     * answer.
     */
    private final class Instances implements Probing {
        private static final Duration NEVER = Duration.ofDays(1);
        private final Map<String, Duration> answers = new HashMap<>();
        final Map<String, Integer> asked = new HashMap<>();
        private int underWay;
        int mostAtOnce;
        int explained;
        int mostExplainedAtOnce;
        private int explanations;

        void answers(long id, String path) {
            answersAfter(id, path, Duration.ZERO);
        }

        void answersAfter(long id, String path, Duration time) {
            answers.put(id + path, time);
        }

        void freezes(long id, String path) {
            answersAfter(id, path, NEVER);
        }

        void refuses(long id, String path) {
            answersAfter(id, path, Duration.ofSeconds(-1));
        }

        void closes(long id, String path) {
            answersAfter(id, path, Duration.ofSeconds(-2));
        }

        @Override
        public Future<ProbeResult> ask(Instance instance, Probe probe, Duration patience) {
            var key = instance.id() + ((Probe.Http) probe).path();
            asked.merge(key, 1, Integer::sum);
            mostAtOnce = Math.max(mostAtOnce, ++underWay);

            var time = answers.getOrDefault(key, Duration.ZERO);
            if (time.toSeconds() == -2) {
                return answered(Duration.ZERO, new ProbeResult.Failed("refused", 8080));
            }
            if (time.isNegative()) {
                return answered(Duration.ZERO, new ProbeResult.Failed("connection refused"));
            }
            return time.compareTo(patience) > 0
                    ? answered(patience, new ProbeResult.Failed("no answer"))
                    : answered(time, new ProbeResult.Passed());
        }

        @Override
        public Future<ProbeResult> explained(Instance instance, ProbeResult.Failed failed) {
            explained++;
            mostExplainedAtOnce = Math.max(mostExplainedAtOnce, ++explanations);
            var promise = Promise.<ProbeResult>promise();
            clock.after(
                    seconds(0.1),
                    () -> {
                        explanations--;
                        promise.complete(
                                new ProbeResult.Failed(
                                        failed.why() + "; it listens on port 3000",
                                        failed.closedPort()));
                    });
            return promise.future();
        }

        private Future<ProbeResult> answered(Duration time, ProbeResult outcome) {
            var promise = Promise.<ProbeResult>promise();
            clock.after(
                    time,
                    () -> {
                        underWay--;
                        promise.complete(outcome);
                    });
            return promise.future();
        }
    }
}
