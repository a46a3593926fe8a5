package io.autoserve.metrics;

import io.autoserve.apps.Witness;
import io.autoserve.plan.Action;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Passes of the reconcile loop, and what the crew has in hand. */
final class LoopFigures implements Witness {
    private final MeterRegistry registry;
    private final Timer passes;
    private final Counter brokenOff;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final Map<Kind, Timer> done = new EnumMap<>(Kind.class);
    private final Map<Kind, Timer> failed = new EnumMap<>(Kind.class);
    private volatile long passEndedAt = System.nanoTime();

    private enum Kind {
        START,
        RESUME,
        STOP,
        CLEAR,
        REMOVE;

        static Kind of(Action.OnEngine action) {
            return switch (action) {
                case Action.Start _ -> START;
                case Action.Resume _ -> RESUME;
                case Action.Stop _ -> STOP;
                case Action.Clear _ -> CLEAR;
                case Action.Remove _ -> REMOVE;
            };
        }
    }

    LoopFigures(MeterRegistry registry) {
        this.registry = registry;
        passes =
                Figures.timer(
                        registry,
                        "autoserve.pass",
                        "Seconds that a pass of the reconcile loop took: reading all, planning,"
                                + " recording, routing");
        brokenOff =
                Counter.builder("autoserve.passes.broken")
                        .description("Passes that an error broke off; the next one looks again")
                        .register(registry);
        Gauge.builder("autoserve.actions.waiting", waiting, AtomicInteger::get)
                .description("Actions on the engine that wait for a free hand")
                .register(registry);
        Gauge.builder("autoserve.actions.running", underWay, AtomicInteger::get)
                .description("Actions on the engine that are under way")
                .register(registry);
        for (var kind : Kind.values()) {
            done.put(kind, actions(kind, "done"));
            failed.put(kind, actions(kind, "failed"));
        }
    }

    private Timer actions(Kind kind, String outcome) {
        return Figures.timer(
                registry,
                "autoserve.action",
                "Seconds that an action on the engine took, its records included, from when a hand"
                        + " was free",
                "action",
                kind.name().toLowerCase(Locale.ROOT),
                "outcome",
                outcome);
    }

    /** Since a pass ended, or since this began where none has. */
    double secondsSinceLastPass() {
        return (System.nanoTime() - passEndedAt) / 1e9;
    }

    /** So that the rest between two terms is no pause of this one. */
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
    public Deed queued(Action.OnEngine action) {
        var kind = Kind.of(action);
        waiting.incrementAndGet();
        return new Deed() {
            private Timer.Sample sample = Timer.start(registry);

            @Override
            public void begun() {
                waiting.decrementAndGet();
                underWay.incrementAndGet();
                sample = Timer.start(registry);
            }

            @Override
            public void ended(boolean whether) {
                underWay.decrementAndGet();
                sample.stop((whether ? done : failed).get(kind));
            }
        };
    }
}
