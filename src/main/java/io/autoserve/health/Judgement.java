package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;

/**
 * The state of one check of one instance, and the time of the next probe.
 *
 * <p><b>Before the first success</b>, the check runs every 50 ms and then more and more slowly, up
 * to the period. A container often starts in less time than a full period. Failures are not counted
 * at this pace, because a slowly starting instance would have too many within a second. Instead, as
 * in Kubernetes, the time since the end of the initial delay counts. The check is overdue after
 * {@code failureThreshold} periods without a success, and fails when its allowance is over.
 *
 * <p><b>After the first success</b>, the check runs once a period, counted from the start of the
 * last probe. It fails after {@code failureThreshold} failures in a row and passes again after
 * {@code successThreshold} successes in a row.
 *
 * <p><b>A frozen instance</b> is detected at most {@code failureThreshold} periods and a quarter of
 * a second after its last success. Two rules ensure this limit. A probe waits no longer than a
 * period, so the next probe starts in time. And the probe whose failure would reach the threshold
 * waits only until the limit is over.
 *
 * <p><b>A probe without a result</b>, because the prober itself was late, is repeated soon. The
 * time until the repetition does not count, neither for nor against the instance, so the limit for
 * a frozen instance moves by this time.
 *
 * @param streak number of probe results in a row that contradict {@code standing}
 * @param heard when the check last succeeded, or when it began to wait for a success
 * @param allowance how long the check may wait for its first success before it fails; at least
 *     {@code failureThreshold} periods
 * @param pace time from the start of the last probe to the start of the next
 * @param finding the reason for the state, shown to operators
 * @param relapses how often the check failed after it had passed
 */
record Judgement(
        HealthCheck check,
        CheckState standing,
        int streak,
        Instant heard,
        Duration allowance,
        Duration pace,
        Instant nextProbeAt,
        String finding,
        Relapses relapses) {

    static final Duration FIRST_PACE = Duration.ofMillis(50);
    private static final double PACE_GROWTH = 1.3;

    /** Time after which a probe without a result is repeated. */
    static final Duration REPETITION = Duration.ofMillis(500);

    /**
     * How much longer than {@code failureThreshold} periods it may take to detect a frozen
     * instance.
     */
    private static final Duration GRACE = Duration.ofMillis(250);

    /**
     * Periods are shortened by up to this share, so that the checks of instances that started
     * together drift apart.
     */
    private static final double JITTER = 0.1;

    enum CheckState {
        /** The check has not succeeded yet. */
        PENDING,
        /**
         * The check has not succeeded for {@code failureThreshold} periods, but the instance may
         * still be starting.
         */
        OVERDUE,
        PASSING,
        FAILING
    }

    /** Creates the judgement of an instance that no leader has checked yet. */
    static Judgement pending(HealthCheck check, Instant from) {
        return pending(check, from, Duration.ZERO);
    }

    /**
     * Creates the judgement of an instance that no leader has checked yet.
     *
     * @param allowance how long the check may wait for its first success. If this is less than
     *     {@code failureThreshold} periods, the check may wait for that many periods
     */
    static Judgement pending(HealthCheck check, Instant from, Duration allowance) {
        var least = endurance(check);
        return new Judgement(
                check,
                CheckState.PENDING,
                0,
                from,
                allowance.compareTo(least) < 0 ? least : allowance,
                FIRST_PACE,
                from,
                "has not succeeded yet",
                Relapses.NONE);
    }

    /**
     * Creates the judgement of an instance that an earlier leader found {@link
     * Instance.Health#READY}. Like any other instance, it stays ready until the check has failed
     * {@code failureThreshold} times in a row.
     *
     * @param chance random number from 0 to 1, which spreads the first probes of a new leader over
     *     a period
     */
    static Judgement adopted(HealthCheck check, Instant now, double chance) {
        return new Judgement(
                check,
                CheckState.PASSING,
                0,
                now,
                endurance(check),
                check.period(),
                now.plus(times(check.period(), chance)),
                "passed under the previous leader",
                Relapses.NONE);
    }

    /**
     * @param asked when the probe started
     * @param now when the probe ended
     * @param chance random number from 0 to 1, for the jitter
     */
    Judgement after(ProbeResult outcome, Instant asked, Instant now, double chance) {
        return switch (outcome) {
            case ProbeResult.Passed() -> passed(now).asked(asked, chance);
            case ProbeResult.Failed(var why, _) -> failed(why, now).asked(asked, chance);
            case ProbeResult.Unjudged() -> unjudged(asked, now);
        };
    }

    private Judgement unjudged(Instant asked, Instant now) {
        var again = now.plus(shorter(REPETITION, check.period()));
        var shifted = heard.plus(Duration.between(asked, again));
        return new Judgement(
                check, standing, streak, shifted, allowance, pace, again, finding, relapses);
    }

    private Judgement passed(Instant now) {
        var successes = streak + 1;
        return standing != CheckState.PASSING && successes < check.successThreshold()
                ? with(standing, successes, now, finding)
                : with(CheckState.PASSING, 0, now, "passed").with(relapses.passed());
    }

    private Judgement failed(String why, Instant now) {
        return switch (standing) {
            case PENDING -> unsuccessful(why, now);
            case OVERDUE -> // keeps the first finding, which may have an explanation
                    now.isBefore(heard.plus(allowance))
                            ? with(CheckState.OVERDUE, 0, heard, finding)
                            : unsuccessful(why, now);
            case PASSING -> {
                var failures = streak + 1;
                yield failures < check.failureThreshold()
                        ? with(CheckState.PASSING, failures, heard, finding)
                        : relapsed("failed %d times in a row: %s".formatted(failures, why));
            }
            case FAILING -> with(CheckState.FAILING, 0, heard, finding);
        };
    }

    private Judgement relapsed(String why) {
        var after = relapses.failed();
        var finding =
                after.steady()
                        ? why
                        : "%s (relapse %d, so it must pass %d times while other instances can serve)"
                                .formatted(why, after.count(), after.passesNeeded());
        return with(CheckState.FAILING, 0, heard, finding).with(after);
    }

    /** Returns the judgement after a failure without an earlier success. */
    private Judgement unsuccessful(String why, Instant now) {
        if (now.isBefore(heard.plus(endurance(check)))) {
            return with(CheckState.PENDING, 0, heard, "has not succeeded yet: " + why);
        }
        return now.isBefore(heard.plus(allowance))
                ? with(
                        CheckState.OVERDUE,
                        0,
                        heard,
                        "has not succeeded for %.0f s (limit %.0f s): %s"
                                .formatted(seconds(endurance(check)), seconds(allowance), why))
                : with(
                        CheckState.FAILING,
                        0,
                        heard,
                        "did not succeed within %.0f s: %s".formatted(seconds(allowance), why));
    }

    /**
     * Returns whether a failure now changes the state of a check that never succeeded, so that
     * operators see its reason. There is time to find out more about it, because the instance gets
     * no requests.
     */
    boolean turnsAt(Instant now) {
        return switch (standing) {
            case PENDING -> !now.isBefore(heard.plus(endurance(check)));
            case OVERDUE -> !now.isBefore(heard.plus(allowance));
            case PASSING, FAILING -> false;
        };
    }

    private Judgement asked(Instant at, double chance) {
        var waiting = standing == CheckState.PENDING || standing == CheckState.OVERDUE;
        var next = times(waiting ? pace : check.period(), 1 - JITTER * chance);
        var slower = waiting ? shorter(times(pace, PACE_GROWTH), check.period()) : check.period();
        return new Judgement(
                check,
                standing,
                streak,
                heard,
                allowance,
                slower,
                at.plus(next),
                finding,
                relapses);
    }

    /** Returns how long a probe that starts now may take. */
    Duration patience(Instant now) {
        var whole = shorter(check.timeout(), check.period());
        if (standing != CheckState.PASSING
                || streak == 0
                || streak + 1 < check.failureThreshold()) {
            return whole;
        }
        var left = Duration.between(now, heard.plus(endurance(check)).plus(GRACE));
        return shorter(whole, left.compareTo(GRACE) < 0 ? GRACE : left);
    }

    /** Returns how long a check may go without a success before that counts. */
    private static Duration endurance(HealthCheck check) {
        return check.period().multipliedBy(check.failureThreshold());
    }

    private Judgement with(CheckState standing, int streak, Instant heard, String finding) {
        return new Judgement(
                check, standing, streak, heard, allowance, pace, nextProbeAt, finding, relapses);
    }

    private Judgement with(Relapses relapses) {
        return new Judgement(
                check, standing, streak, heard, allowance, pace, nextProbeAt, finding, relapses);
    }

    private static Duration times(Duration duration, double factor) {
        return Duration.ofNanos((long) (duration.toNanos() * factor));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
