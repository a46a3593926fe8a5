package io.autoserve.health;

import io.autoserve.health.Judgement.CheckState;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.Instance;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The current checks of one instance, each with its judgement. Readiness and liveness checks begin
 * when the startup check has succeeded. Without a startup check, nothing shows how long the
 * instance needs to start, so each check counts from its own first success, which may take as long
 * as the progress deadline. Identical checks, which the flat form of a spec produces, run once and
 * share their judgement.
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
                ? unknown.started(check -> unknown.starting(check, now, target.startLimit()))
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
            var failing = standing(checks.startup()) == CheckState.FAILING;
            return verdict(failing, false, !failing, "startup check", checks.startup());
        }
        var readiness = standing(checks.readiness());
        var ready = readiness == CheckState.PASSING;
        var liveness = standing(checks.liveness());
        if (liveness == CheckState.FAILING) {
            return verdict(true, ready, false, liveness(), checks.liveness());
        }
        if (ready && checks.ofImage() && liveness != CheckState.PASSING) {
            return verdict(
                    liveness != CheckState.PENDING, false, true, liveness(), checks.liveness());
        }
        return verdict(
                readiness != CheckState.PENDING,
                ready,
                true,
                "readiness check",
                checks.readiness());
    }

    /** Returns what operators call the liveness check. */
    private String liveness() {
        return checks.ofImage() ? "HEALTHCHECK of the image" : "liveness check";
    }

    Judgement judgement(HealthCheck check) {
        var judgement = judgements.get(check);
        if (judgement == null) {
            throw new IllegalArgumentException("this check does not run now: " + check);
        }
        return judgement;
    }

    /** Returns the state of a check. A check that the spec does not have always passes. */
    private CheckState standing(@Nullable HealthCheck check) {
        return check == null ? CheckState.PASSING : judgement(check).standing();
    }

    private Verdict verdict(
            boolean settled,
            boolean ready,
            boolean alive,
            String name,
            @Nullable HealthCheck check) {
        var finding =
                check == null ? "running, no " + name : name + " " + judgement(check).finding();
        return new Verdict(instanceId, settled, ready, alive, finding, steady());
    }

    private boolean steady() {
        var readiness = checks.readiness();
        return !started || readiness == null || judgement(readiness).relapses().steady();
    }

    private Judgement pending(HealthCheck check, Instant now) {
        return Judgement.pending(check, firstProbeAt(check, now));
    }

    /**
     * Returns the judgement of a check that waits for the instance to start.
     *
     * @param limit counts from the end of the initial delay, also under a new leader
     */
    private Judgement starting(HealthCheck check, Instant now, Duration limit) {
        var from = firstProbeAt(check, now);
        var until = born.plus(check.initialDelay()).plus(limit);
        return Judgement.pending(check, from, Duration.between(from, until));
    }

    private Instant firstProbeAt(HealthCheck check, Instant now) {
        var allowed = born.plus(check.initialDelay());
        return allowed.isAfter(now) ? allowed : now;
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
