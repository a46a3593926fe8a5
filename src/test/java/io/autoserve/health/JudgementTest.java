package io.autoserve.health;

import static io.autoserve.health.Targets.BIRTH;
import static io.autoserve.health.Targets.check;
import static io.autoserve.health.Targets.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.health.Judgement.CheckState;
import io.autoserve.model.AppSpec.HealthCheck;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JudgementTest {

    private static final ProbeResult PASSED = new ProbeResult.Passed();
    private static final ProbeResult FAILED = new ProbeResult.Failed("connection refused");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    does not fail a passing check              | PASSING | ??????  | PASSING
                    keeps the failures before it               | PASSING | --?-    | FAILING
                    does not end the wait for a first success  | PENDING | ??????+ | PASSING
                    does not let a failing check pass          | FAILING | ???     | FAILING
                    """)
    void a_probe_without_a_result(
            String name, CheckState before, String outcomes, CheckState after) {
        var judgement = with(Judgement.pending(check("/", 1, 1, 3, 1, 0), BIRTH), before);
        var now = BIRTH;
        for (var outcome : outcomes.strip().toCharArray()) {
            var result =
                    switch (outcome) {
                        case '+' -> PASSED;
                        case '-' -> FAILED;
                        default -> new ProbeResult.Unjudged();
                    };
            judgement = judgement.after(result, now, now.plusSeconds(1), 0);
            now = judgement.nextProbeAt();
        }
        assertThat(judgement.standing()).as(name).isEqualTo(after);
    }

    @Test
    void a_probe_without_a_result_is_repeated_soon_and_with_the_same_patience() {
        var judgement =
                Judgement.adopted(check("/", 10, 5, 3, 1, 0), BIRTH, 0)
                        .after(FAILED, BIRTH, BIRTH.plusSeconds(5), 0)
                        .after(FAILED, BIRTH.plusSeconds(10), BIRTH.plusSeconds(15), 0);
        var asked = BIRTH.plusSeconds(20);
        var before = judgement.patience(asked);

        var unjudged = judgement.after(new ProbeResult.Unjudged(), asked, asked.plusSeconds(60), 0);

        assertThat(unjudged.nextProbeAt())
                .isEqualTo(asked.plusSeconds(60).plus(Judgement.REPETITION));
        assertThat(unjudged.patience(unjudged.nextProbeAt())).isEqualTo(before);
    }

    /**
     * The third column has the outcomes of the checks, one each second: {@code +} for a passed
     * check, {@code -} for a failed one.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    waits for the first success                     | PENDING | -    | 3 | 1 | PENDING
                    passes with the first success                   | PENDING | -+   | 3 | 1 | PASSING
                    asks for as many successes as the spec does     | PENDING | ++   | 3 | 3 | PENDING
                    and passes with the last of them                | PENDING | +++  | 3 | 3 | PASSING
                    a failure between them starts the count again   | PENDING | ++-+ | 9 | 3 | PENDING
                    fails when the threshold's periods are over     | PENDING | ---  | 3 | 1 | FAILING
                    forgives fewer failures than the threshold      | PASSING | --   | 3 | 1 | PASSING
                    fails with as many in a row                     | PASSING | ---  | 3 | 1 | FAILING
                    forgets failures after a success                | PASSING | --+--| 3 | 1 | PASSING
                    fails at once where the threshold is one        | PASSING | -    | 1 | 1 | FAILING
                    passes again after a success                    | FAILING | +    | 3 | 1 | PASSING
                    or after as many as the spec asks for           | FAILING | +    | 3 | 2 | FAILING
                    in a row                                        | FAILING | +-+  | 3 | 2 | FAILING
                    and then passes                                 | FAILING | +-++ | 3 | 2 | PASSING
                    """)
    void stands(
            String name,
            CheckState before,
            String outcomes,
            int failureThreshold,
            int successThreshold,
            CheckState after) {
        var judgement =
                with(
                        Judgement.pending(
                                check("/", 1, 1, failureThreshold, successThreshold, 0), BIRTH),
                        before);
        var now = BIRTH;
        for (var outcome : outcomes.strip().toCharArray()) {
            now = now.plusSeconds(1);
            judgement = judgement.after(outcome == '+' ? PASSED : FAILED, now, now, 0);
        }
        assertThat(judgement.standing()).isEqualTo(after);
    }

    /**
     * The second column has the outcomes of the checks, one each second, of a check that fails and
     * passes at once.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    two relapses do no harm                           | +-+-+          | true
                    after the third, one pass is not enough           | +-+-+-+        | false
                    but four are                                      | +-+-+-++++     | true
                    after the fourth, four are not enough             | +-+-+-+-++++   | false
                    """)
    void is_steady(String name, String outcomes, boolean steady) {
        assertThat(after(outcomes).relapses().steady()).as(name).isEqualTo(steady);
    }

    @Test
    void relapses_need_24_passes_at_most_and_are_forgotten_after_60() {
        var often = after("+-".repeat(50));
        assertThat(often.finding())
                .isEqualTo(
                        "failed 1 times in a row: connection refused (relapse 50, so it must pass 24 times while other instances can serve)");
        assertThat(after("+-".repeat(50) + "+".repeat(24)).relapses().steady()).isTrue();
        assertThat(after("+-".repeat(50) + "+".repeat(60)).relapses()).isEqualTo(Relapses.NONE);
    }

    private static Judgement after(String outcomes) {
        var judgement = Judgement.pending(check("/", 1, 1, 1, 1, 0), BIRTH);
        var now = BIRTH;
        for (var outcome : outcomes.strip().toCharArray()) {
            now = now.plusSeconds(1);
            judgement = judgement.after(outcome == '+' ? PASSED : FAILED, now, now, 0);
        }
        return judgement;
    }

    @Test
    void many_early_failures_do_not_end_a_slow_starter() {
        var judgement = Judgement.pending(check("/", 10, 1, 3, 1, 0), BIRTH);
        for (var at = BIRTH; at.isBefore(BIRTH.plusSeconds(30)); at = judgement.nextProbeAt()) {
            judgement = judgement.after(FAILED, at, at, 0);
            assertThat(judgement.standing()).isEqualTo(CheckState.PENDING);
        }
        var late = judgement.after(FAILED, BIRTH.plusSeconds(30), BIRTH.plusSeconds(30), 0);
        assertThat(late.standing()).isEqualTo(CheckState.FAILING);
        assertThat(late.finding()).isEqualTo("did not succeed within 30 s: connection refused");
    }

    @Test
    void a_check_with_an_allowance_is_overdue_until_the_allowance_is_over() {
        var judgement = Judgement.pending(check("/"), BIRTH, seconds(60));
        for (var at = BIRTH; at.isBefore(BIRTH.plusSeconds(60)); at = judgement.nextProbeAt()) {
            judgement = judgement.after(FAILED, at, at, 0);
            assertThat(judgement.standing())
                    .isEqualTo(
                            at.isBefore(BIRTH.plusSeconds(3))
                                    ? CheckState.PENDING
                                    : CheckState.OVERDUE);
        }
        assertThat(judgement.finding())
                .isEqualTo("has not succeeded for 3 s (limit 60 s): connection refused");

        var end = BIRTH.plusSeconds(60);
        assertThat(judgement.after(PASSED, end, end, 0).standing()).isEqualTo(CheckState.PASSING);
        var late = judgement.after(FAILED, end, end, 0);
        assertThat(late.standing()).isEqualTo(CheckState.FAILING);
        assertThat(late.finding()).isEqualTo("did not succeed within 60 s: connection refused");
    }

    @ParameterizedTest(name = "{0} after {1} failures and {2} s: {3}")
    @CsvSource({
        "PENDING, 0, 2.9, false",
        "PENDING, 0, 3, true",
        "OVERDUE, 0, 59.9, false",
        "OVERDUE, 0, 60, true",
        "PASSING, 2, 9, false",
        "FAILING, 0, 90, false"
    })
    void knows_when_a_failure_changes_the_state_before_the_first_success(
            CheckState standing, int failures, double after, boolean turns) {
        var judgement = with(Judgement.pending(check("/"), BIRTH, seconds(60)), standing);
        for (var i = 0; i < failures; i++) {
            judgement = judgement.after(FAILED, BIRTH, BIRTH, 0);
        }
        var now = BIRTH.plus(seconds(after));
        assertThat(judgement.turnsAt(now)).isEqualTo(turns);
    }

    @Test
    void an_allowance_below_the_thresholds_periods_shortens_nothing() {
        var judgement = Judgement.pending(check("/"), BIRTH, seconds(-5));
        assertThat(judgement.allowance()).isEqualTo(seconds(3));
    }

    @Test
    void is_asked_often_at_first_and_then_ever_more_slowly_up_to_the_period() {
        var judgement = Judgement.pending(check("/"), BIRTH);
        assertThat(judgement.nextProbeAt()).isEqualTo(BIRTH);

        var paces = new ArrayList<Long>();
        for (var i = 0; i < 14; i++) {
            var at = judgement.nextProbeAt();
            judgement = judgement.after(FAILED, at, at, 0);
            paces.add(Duration.between(at, judgement.nextProbeAt()).toMillis());
        }
        assertThat(paces).startsWith(50L, 65L, 84L, 109L).endsWith(1000L).isSorted();
    }

    @Test
    void is_asked_once_per_period_from_the_first_success_on() {
        var judgement = Judgement.pending(check("/"), BIRTH).after(PASSED, BIRTH, BIRTH, 0);
        assertThat(judgement.nextProbeAt()).isEqualTo(BIRTH.plusSeconds(1));
    }

    @Test
    void the_period_counts_from_the_start_of_the_last_probe() {
        var judgement = passing().after(FAILED, BIRTH, BIRTH.plusMillis(900), 0);
        assertThat(judgement.nextProbeAt()).isEqualTo(BIRTH.plusSeconds(1));
    }

    @Test
    void chance_shortens_the_period_by_a_tenth_at_most_and_never_lengthens_it() {
        assertThat(passing().after(PASSED, BIRTH, BIRTH, 1).nextProbeAt())
                .isEqualTo(BIRTH.plusMillis(900));
    }

    @Test
    void an_adopted_one_is_first_asked_within_a_period() {
        var adopted = Judgement.adopted(check("/"), BIRTH, 0.25);
        assertThat(adopted.nextProbeAt()).isEqualTo(BIRTH.plusMillis(250));
        assertThat(adopted.standing()).isEqualTo(CheckState.PASSING);
    }

    @Test
    void a_probe_waits_no_longer_than_a_period() {
        var impatient = Judgement.pending(check("/", 1, 5, 3, 1, 0), BIRTH);
        assertThat(impatient.patience(BIRTH)).isEqualTo(seconds(1));
    }

    @ParameterizedTest(name = "threshold {0}: the last probe waits {1} s")
    @CsvSource({"1, 1.0", "2, 0.26", "3, 0.26", "4, 0.26"})
    void the_probe_that_completes_the_row_waits_only_for_what_is_left(
            int threshold, double patience) {
        var heard = BIRTH.plusMillis(10);
        var judgement =
                Judgement.pending(check("/", 1, 1, threshold, 1, 0), BIRTH)
                        .after(PASSED, BIRTH, heard, 0);
        for (var i = 1; i < threshold; i++) {
            var at = judgement.nextProbeAt();
            assertThat(judgement.patience(at)).isEqualTo(seconds(1));
            judgement = judgement.after(FAILED, at, at.plusSeconds(1), 0);
        }
        assertThat(judgement.patience(judgement.nextProbeAt())).isEqualTo(seconds(patience));
    }

    @Test
    void a_probe_after_a_standstill_of_ours_still_waits_a_quarter_of_a_second() {
        var judgement = passing(check("/", 1, 1, 2, 1, 0)).after(FAILED, BIRTH, BIRTH, 0);
        assertThat(judgement.patience(BIRTH.plusSeconds(60))).isEqualTo(seconds(0.25));
    }

    private static Judgement passing() {
        return passing(check("/"));
    }

    private static Judgement passing(HealthCheck check) {
        return with(Judgement.pending(check, BIRTH), CheckState.PASSING)
                .after(PASSED, BIRTH, BIRTH, 0);
    }

    private static Judgement with(Judgement judgement, CheckState standing) {
        return new Judgement(
                judgement.check(),
                standing,
                0,
                judgement.heard(),
                judgement.allowance(),
                judgement.pace(),
                judgement.nextProbeAt(),
                "",
                Relapses.NONE);
    }
}
