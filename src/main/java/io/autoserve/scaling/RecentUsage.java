package io.autoserve.scaling;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.scaling.Consumption.Total;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** The usage of instances between the last two readings. May be used from any thread. */
final class RecentUsage {
    /** Age from which a reading no longer counts as the present usage. */
    private static final Duration STALE = Duration.ofSeconds(8);

    private final Consumption consumption;
    private volatile UsageReading last = new UsageReading(Instant.MIN, Map.of(), Map.of());

    private record UsageReading(Instant at, Map<Long, Total> totals, Map<Long, Use> uses) {}

    /** An instance to measure, and its app, which defines the limits. */
    private record Asked(App app, Instance instance) {}

    RecentUsage(Consumption consumption) {
        this.consumption = consumption;
    }

    /** Returns the usage by instance id. The map is empty if the last reading is too old. */
    Map<Long, Use> at(Instant now) {
        var known = last;
        return known.at.isBefore(now.minus(STALE)) ? Map.of() : known.uses;
    }

    /** Reads the usage of all running instances. Blocks until the usage is known. */
    void read(Snapshot view, Instant now) {
        var asked = new HashMap<String, Asked>();
        for (var app : view.apps()) {
            for (var instance : view.instances(app.id())) {
                var container = instance.containerId();
                if (container != null && instance.state() == State.RUNNING) {
                    asked.put(container, new Asked(app, instance));
                }
            }
        }
        var before = last;
        var span = before.totals.isEmpty() ? Duration.ZERO : Duration.between(before.at, now);
        var totals = new HashMap<Long, Total>();
        var uses = new HashMap<Long, Use>();
        consumption
                .of(asked.keySet())
                .forEach((container, total) -> {
                    var of = asked.get(container);
                    if (of == null) {
                        return;
                    }
                    totals.put(of.instance.id(), total);
                    var earlier = before.totals.get(of.instance.id());
                    if (earlier != null && span.isPositive()) {
                        uses.put(of.instance.id(), use(of.app, earlier, total, span));
                    }
                });
        last = new UsageReading(now, Map.copyOf(totals), Map.copyOf(uses));
    }

    private static Use use(App app, Total before, Total now, Duration span) {
        var millis = app.spec().resources().cpuMillis();
        var cores = millis == 0 ? 1 : millis / 1000.0;
        var used = Math.max(0, now.cpu().minus(before.cpu()).toNanos());
        return new Use(
                100.0 * used / span.toNanos() / cores,
                100.0 * now.memoryBytes() / Math.max(1, now.memoryLimitBytes()),
                now.memoryBytes());
    }
}
