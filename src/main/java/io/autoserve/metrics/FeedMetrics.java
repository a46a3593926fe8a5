package io.autoserve.metrics;

import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts events and measures how late this controller sees them. Only the controller that caused an
 * event counts it, so that a sum over all controllers counts it once.
 */
final class FeedMetrics implements View.Listener {
    private final String name;
    private final View view;
    private final InstantSource clock;
    private final MeterRegistry registry;
    private final Map<String, Counter> seen = new HashMap<>();
    private final Timer delay;
    private final Timer drained;
    private final Timer deadline;
    private final Counter reloads;

    /** When each instance began to drain, by instance id. Only the feed's thread uses it. */
    private final Map<Long, Instant> draining = new HashMap<>();

    private volatile long lastSeq;

    FeedMetrics(MeterRegistry registry, String name, View view, InstantSource clock) {
        this.registry = registry;
        this.name = name;
        this.view = view;
        this.clock = clock;
        for (var type : Event.Type.values()) {
            seen.put(type.name(), counter(type.name()));
        }
        delay =
                Metrics.timer(
                        registry,
                        "autoserve.feed.delay",
                        "Seconds from an event's timestamp, which the database sets just before the"
                                + " commit, until the event was in this controller's view");
        drained = drains(registry, "empty");
        deadline = drains(registry, "deadline");
        reloads =
                Counter.builder("autoserve.view.reloads")
                        .description("Number of loads of the view, including the first")
                        .register(registry);
        Gauge.builder("autoserve.feed.lag.events", this, FeedMetrics::lag)
                .description("Events that the feed has found and the view does not have yet")
                .register(registry);
    }

    private Counter counter(String type) {
        return Counter.builder("autoserve.events")
                .description("Events that this controller caused, by type")
                .tag("type", type)
                .register(registry);
    }

    private static Timer drains(MeterRegistry registry, String ended) {
        return Timer.builder("autoserve.drain")
                .description(
                        "Seconds from removing an instance from the route until it could be"
                                + " stopped, because it had no requests in flight or its drain"
                                + " deadline passed")
                .tag("ended", ended)
                .register(registry);
    }

    /**
     * Records {@code seq}, the number of the newest event in the database when the feed last read.
     */
    void read(long seq) {
        lastSeq = seq;
    }

    private double lag() {
        return view.snapshot()
                .map(now -> Math.max(0.0, (double) (lastSeq - now.seq())))
                .orElse(0.0);
    }

    @Override
    public void reloaded(Snapshot now) {
        draining.clear();
        reloads.increment();
    }

    @Override
    public void happened(Event event, Snapshot after) {
        var late = Duration.between(event.at(), clock.instant());
        delay.record(late.isNegative() ? Duration.ZERO : late); // the clocks may differ a little
        if (event.actor().equals(name)) {
            seen.computeIfAbsent(event.type(), this::counter).increment();
            if (event.change() instanceof Change.PutInstance(var instance)) {
                follow(instance.id(), event);
            }
        }
    }

    private void follow(long instance, Event event) {
        if (event.is(Event.Type.InstanceDraining)) {
            draining.put(instance, event.at());
            return;
        }
        var since = draining.remove(instance);
        if (since != null && event.is(Event.Type.InstanceStopping)) {
            var timer = event.reason().contains("deadline") ? deadline : drained;
            timer.record(Duration.between(since, event.at()));
        }
    }
}
