package io.autoserve.metrics;

import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Latency;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Sums nginx's counts per instance to counts per app. It does so while this controller leads,
 * because only the leader reads nginx's counts. The counts of an app only grow, even when instances
 * come and go. Counting starts at the first reading by this controller.
 */
public final class Traffic {
    private static final Duration RECENTLY = Duration.ofMinutes(1);
    private static final Duration STEP = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    private final Map<String, OfApp> apps = new HashMap<>();
    private @Nullable Counters last;

    Traffic(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * The counts of one app.
     *
     * @param classes counts by status class, 1xx first
     * @param recent latency in the last minute
     */
    record Counted(List<Long> classes, long inFlight, Latency recent) {}

    /**
     * @return {@code now}, unchanged
     */
    public synchronized Counters read(Counters now) {
        var before = last;
        last = now;
        apps.values().forEach(app -> app.inFlight = 0);
        now.instances()
                .forEach((id, counted) -> {
                    var app = apps.computeIfAbsent(counted.app(), _ -> new OfApp());
                    app.inFlight += counted.inFlight();
                    if (before != null) { // the first reading is only the base
                        app.add(
                                before.boot().equals(now.boot())
                                        ? before.instances().get(id)
                                        : null,
                                counted);
                    }
                });
        apps.values().forEach(app -> app.step(nanoTime.getAsLong()));
        return now;
    }

    /** Returns the counts of the app, or empty if no instance of it was seen. */
    synchronized Optional<Counted> of(String app) {
        return Optional.ofNullable(apps.get(app)).map(OfApp::counted);
    }

    /** Forgets all apps except these, because the others no longer exist. */
    synchronized void retain(Collection<String> names) {
        apps.keySet().retainAll(names);
    }

    private static final class OfApp {
        private final long[] classes = new long[5];
        private final Deque<CounterReading> readings = new ArrayDeque<>();
        private Latency latency = Latency.NONE;
        private long inFlight;

        private record CounterReading(long nanoTime, Latency latency) {}

        /**
         * @param before the counts at the previous reading; null if the instance's counts began at
         *     zero
         */
        void add(@Nullable OfInstance before, OfInstance now) {
            if (before != null
                    && before.tries() == now.tries()
                    && before.classes().equals(now.classes())) {
                return;
            }
            for (var i = 0; i < classes.length; i++) {
                classes[i] += now.classes().get(i) - (before == null ? 0 : before.classes().get(i));
            }
            latency =
                    latency.plus(
                            before == null ? now.latency() : now.latency().minus(before.latency()));
        }

        void step(long nanoTime) {
            var newest = readings.peekLast();
            if (newest == null || nanoTime - newest.nanoTime >= STEP.toNanos()) {
                readings.add(new CounterReading(nanoTime, latency));
            }
            while (nanoTime - readings.getFirst().nanoTime > RECENTLY.toNanos()) {
                readings.removeFirst();
            }
        }

        Counted counted() {
            var oldest = readings.peekFirst();
            return new Counted(
                    LongStream.of(classes).boxed().toList(),
                    inFlight,
                    oldest == null ? Latency.NONE : latency.minus(oldest.latency));
        }
    }
}
