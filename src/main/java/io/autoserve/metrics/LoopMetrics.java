package io.autoserve.metrics;

import io.autoserve.apps.LoopObserver;
import io.autoserve.plan.Action;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Figures of the reconcile loop's passes, and of the engine actions that wait or are in progress.
 */
final class LoopMetrics implements LoopObserver {
    private final MeterRegistry registry;
    private final Timer passes;
    private final Counter brokenOff;
    private final AtomicInteger startsWaiting = new AtomicInteger();
    private final AtomicInteger removalsWaiting = new AtomicInteger();
    private final AtomicInteger limit = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger stillRouted = new AtomicInteger();
    private final AtomicInteger lacksStandby = new AtomicInteger();
    private final Map<ActionKind, Timer> done = new EnumMap<>(ActionKind.class);
    private final Map<ActionKind, Timer> failed = new EnumMap<>(ActionKind.class);
    private volatile long passEndedAt = System.nanoTime();

    private enum ActionKind {
        START,
        RESUME,
        STOP,
        CLEAR,
        REMOVE,
        RUN_TASK,
        HALT_TASK;

        static ActionKind of(Action.OnEngine action) {
            return switch (action) {
                case Action.Start _ -> START;
                case Action.Resume _ -> RESUME;
                case Action.Stop _ -> STOP;
                case Action.Clear _ -> CLEAR;
                case Action.Remove _ -> REMOVE;
                case Action.RunTask _ -> RUN_TASK;
                case Action.HaltTask _ -> HALT_TASK;
            };
        }
    }

    LoopMetrics(MeterRegistry registry) {
        this.registry = registry;
        passes =
                Metrics.timer(
                        registry,
                        "autoserve.pass",
                        "Seconds that a pass of the reconcile loop took to read the state, plan,"
                                + " record and update the routes");
        brokenOff =
                Counter.builder("autoserve.passes.broken")
                        .description("Passes that failed; the next pass retries")
                        .register(registry);
        waiting("starts", startsWaiting);
        waiting("removals", removalsWaiting);
        Gauge.builder("autoserve.engine.limit", limit, AtomicInteger::get)
                .description(
                        "Maximum number of starts that run on Docker at the same time. The same"
                                + " maximum holds for removals. It adapts to how long starts take")
                .register(registry);
        Gauge.builder("autoserve.actions.running", underWay, AtomicInteger::get)
                .description("Docker actions in progress")
                .register(registry);
        Gauge.builder("autoserve.instances.still.routed", stillRouted, AtomicInteger::get)
                .description(
                        "Instances that cannot be stopped, because nginx has failed for ten"
                                + " seconds to confirm that it sends them no more requests")
                .register(registry);
        Gauge.builder("autoserve.leader.without.standby", lacksStandby, AtomicInteger::get)
                .description(
                        "1 while the leader acts although the primary database has no standby, else"
                                + " 0. While it is 1, a failure of the primary loses the leader's"
                                + " changes")
                .register(registry);
        for (var kind : ActionKind.values()) {
            done.put(kind, actions(kind, "done"));
            failed.put(kind, actions(kind, "failed"));
        }
    }

    private void waiting(String lane, AtomicInteger count) {
        Gauge.builder("autoserve.actions.waiting", count, AtomicInteger::get)
                .description("Actions that wait for Docker")
                .tag("lane", lane)
                .register(registry);
    }

    private Timer actions(ActionKind kind, String outcome) {
        return Metrics.timer(
                registry,
                "autoserve.action",
                "Seconds that a Docker action took, without its wait for a turn but including the"
                        + " writes to the database that record it",
                "action",
                kind.name().toLowerCase(Locale.ROOT),
                "outcome",
                outcome);
    }

    /**
     * Returns the seconds since the last complete pass, or since the term or this controller began
     * if that was later.
     */
    double secondsSinceLastPass() {
        return (System.nanoTime() - passEndedAt) / 1e9;
    }

    /**
     * Resets the time since the last pass to zero, so that the time between two terms does not
     * count as a pause of the new term.
     */
    void termBegins() {
        passEndedAt = System.nanoTime();
    }

    @Override
    public Pass passBegan() {
        var sample = Timer.start(registry);
        return whole -> {
            sample.stop(passes);
            if (whole) {
                passEndedAt = System.nanoTime();
            } else {
                brokenOff.increment();
            }
        };
    }

    @Override
    public Span began(Action.OnEngine action) {
        var kind = ActionKind.of(action);
        underWay.incrementAndGet();
        var sample = Timer.start(registry);
        return whether -> {
            underWay.decrementAndGet();
            sample.stop((whether ? done : failed).get(kind));
        };
    }

    @Override
    public void stillRouted(int instances) {
        stillRouted.set(instances);
    }

    @Override
    public void lacksStandby(boolean lost) {
        lacksStandby.set(lost ? 1 : 0);
    }

    @Override
    public void queue(int starts, int removals, int mostInHand) {
        startsWaiting.set(starts);
        removalsWaiting.set(removals);
        limit.set(mostInHand);
    }
}
