package io.autoserve.proxy;

import io.autoserve.proxy.Counters.OfInstance;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The requests that nginx counted in the last minute. Until the first reading is a minute old,
 * these are the requests since that reading.
 */
public final class LastMinute {
    private static final Duration KEPT = Duration.ofMinutes(1);

    private final Deque<MinuteReading> readings = new ArrayDeque<>();

    private record MinuteReading(long nanoTime, Counters counters) {}

    /**
     * @param errors number of 5xx answers. A broken connection counts as a 5xx answer
     */
    public record Answered(long requests, long errors, Latency latency) {
        static final Answered NOTHING = new Answered(0, 0, Latency.NONE);

        private Answered plus(Answered other) {
            return new Answered(
                    requests + other.requests, errors + other.errors, latency.plus(other.latency));
        }
    }

    /** Returns whether at least {@code pause} has passed since the last reading. */
    public boolean due(long nanoTime, Duration pause) {
        var last = readings.peekLast();
        return last == null || nanoTime - last.nanoTime >= pause.toNanos();
    }

    /**
     * Adds a reading. If nginx was restarted, it counts from zero, so all earlier readings are
     * dropped.
     */
    public void add(long nanoTime, Counters counters) {
        var last = readings.peekLast();
        if (last != null && !last.counters.boot().equals(counters.boot())) {
            readings.clear();
        }
        readings.add(new MinuteReading(nanoTime, counters));
        while (nanoTime - readings.getFirst().nanoTime > KEPT.toNanos()) {
            readings.removeFirst();
        }
    }

    /** Returns the sum of the counts of these instances. */
    public Answered of(Collection<Long> instances) {
        var first = readings.peekFirst();
        var last = readings.peekLast();
        if (first == null || last == null) {
            return Answered.NOTHING;
        }
        return instances.stream()
                .map(id ->
                        since(
                                first.counters.instances().get(id),
                                last.counters.instances().get(id)))
                .reduce(Answered.NOTHING, Answered::plus);
    }

    private static Answered since(@Nullable OfInstance before, @Nullable OfInstance now) {
        if (now == null) {
            return Answered.NOTHING;
        }
        return before == null
                ? new Answered(now.tries(), errors(now), now.latency())
                : new Answered(
                        now.tries() - before.tries(),
                        errors(now) - errors(before),
                        now.latency().minus(before.latency()));
    }

    private static long errors(OfInstance counted) {
        return counted.classes().getLast();
    }
}
