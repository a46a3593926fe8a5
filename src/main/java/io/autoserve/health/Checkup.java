package io.autoserve.health;

import io.autoserve.health.Judgement.CheckState;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The current checks of one instance, each with its judgement. Readiness and liveness checks begin
 * when the startup check has succeeded. Identical checks, which the flat form of a spec produces,
 * run once and share their judgement.
 *
 * @param born when the instance's container started; initial delays count from here
 */
record Checkup(
        long instanceId,
        HealthChecks checks,
        Instant born,
        boolean started,
        Map<HealthCheck, Judgement> judgements) {

    Checkup {
        judgements = Map.copyOf(judgements);
    }

    /**
     * @param chance random number from 0 to 1, see {@link Judgement#adopted}
     */
    static Checkup of(Target target, Instant now, double chance) {
        var instance = target.instance();
        var startedAt = instance.startedAt();
        var born = startedAt == null || startedAt.isAfter(now) ? now : startedAt;
        var unknown = new Checkup(instance.id(), target.checks(), born, false, Map.of());

        if (instance.health() == Instance.Health.READY) {
            return unknown.started(check -> Judgement.adopted(check, now, chance));
        }
        var startup = target.checks().startup();
        return startup == null
                ? unknown.started(check -> unknown.pending(check, now))
                : unknown.with(startup, unknown.pending(startup, now));
    }

    /**
     * @param check a check that is in {@link #judgements}
     * @param asked when the probe started
     * @param now when the probe ended
     * @param chance random number from 0 to 1, for the jitter
     */
    Checkup after(
            HealthCheck check, ProbeResult outcome, Instant asked, Instant now, double chance) {
        var judged = judgement(check).after(outcome, asked, now, chance);
        return started || judged.standing() != CheckState.PASSING
                ? with(check, judged)
                : started(next -> next.equals(check) ? judged : pending(next, now));
    }

    Verdict verdict() {
        if (!started) {
            var startup = standing(checks.startup());
            return verdict(false, startup != CheckState.FAILING, "startup check", checks.startup());
        }
        if (standing(checks.liveness()) == CheckState.FAILING) {
            return verdict(ready(), false, "liveness check", checks.liveness());
        }
        return verdict(ready(), true, "readiness check", checks.readiness());
    }

    Judgement judgement(HealthCheck check) {
        var judgement = judgements.get(check);
        if (judgement == null) {
            throw new IllegalArgumentException("this check does not run now: " + check);
        }
        return judgement;
    }

    private boolean ready() {
        return standing(checks.readiness()) == CheckState.PASSING;
    }

    /** Returns the state of a check. A check that the spec does not have always passes. */
    private CheckState standing(@Nullable HealthCheck check) {
        return check == null ? CheckState.PASSING : judgement(check).standing();
    }

    private Verdict verdict(
            boolean ready, boolean alive, String name, @Nullable HealthCheck check) {
        var finding =
                check == null ? "running, no " + name : name + " " + judgement(check).finding();
        return new Verdict(instanceId, started, ready, alive, finding, steady());
    }

    private boolean steady() {
        var readiness = checks.readiness();
        return !started || readiness == null || judgement(readiness).relapses().steady();
    }

    private Judgement pending(HealthCheck check, Instant now) {
        var allowed = born.plus(check.initialDelay());
        return Judgement.pending(check, allowed.isAfter(now) ? allowed : now);
    }

    private Checkup started(Function<HealthCheck, Judgement> begin) {
        var begun = new HashMap<HealthCheck, Judgement>();
        if (checks.readiness() != null) {
            begun.put(checks.readiness(), begin.apply(checks.readiness()));
        }
        if (checks.liveness() != null) {
            begun.computeIfAbsent(checks.liveness(), begin);
        }
        return new Checkup(instanceId, checks, born, true, begun);
    }

    private Checkup with(HealthCheck check, Judgement judgement) {
        var changed = new HashMap<>(judgements);
        changed.put(check, judgement);
        return new Checkup(instanceId, checks, born, started, changed);
    }
}
