package io.autoserve.scaling;

import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Latency;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Converts nginx's totals, which only grow, into samples. Each sample is the difference from the
 * last reading.
 */
final class Meter {
    private @Nullable Counters last;
    private Instant lastAt = Instant.MIN;

    /**
     * Returns the samples since the last reading. Returns none after a start of this meter or of
     * nginx, because there is no earlier reading to compare with.
     */
    List<Sample> read(
            Instant now, Counters counters, Map<Long, Use> uses, Collection<Instance> instances) {
        var before = last;
        var span = before == null ? Duration.ZERO : Duration.between(lastAt, now);
        last = counters;
        lastAt = now;
        if (before == null || !before.boot().equals(counters.boot()) || !span.isPositive()) {
            return List.of();
        }
        var samples = new ArrayList<Sample>();
        for (var instance : instances) {
            if (instance.portless()) {
                if (instance.state() == Instance.State.RUNNING) {
                    samples.add(ofWorker(now, span, instance, uses.get(instance.id())));
                }
                continue;
            }
            var counted = counters.instances().get(instance.id());
            if (counted == null) {
                continue;
            }
            var earlier = before.instances().get(instance.id());
            if (earlier == null || earlier.tries() <= counted.tries()) {
                samples.add(sample(now, span, instance, earlier, counted, uses.get(instance.id())));
            }
        }
        return List.copyOf(samples);
    }

    private static Sample sample(
            Instant now,
            Duration span,
            Instance instance,
            @Nullable OfInstance before,
            OfInstance counted,
            @Nullable Use use) {
        var tries = counted.tries() - (before == null ? 0 : before.tries());
        var classes = before == null ? counted.classes() : grown(before, counted);
        var idle = classes.stream().allMatch(count -> count == 0);
        return new Sample(
                instance.appId(),
                instance.id(),
                instance.revision(),
                now,
                span,
                tries,
                idle ? Sample.NO_CLASSES : classes,
                counted.inFlight(),
                idle ? List.of() : Latencies.pairs(latency(before, counted)),
                use == null ? null : use.cpuPercent(),
                use == null ? null : use.memoryPercent(),
                use == null ? null : use.memoryBytes());
    }

    /** Returns the sample of an instance of a worker, which gets no requests. */
    private static Sample ofWorker(
            Instant now, Duration span, Instance instance, @Nullable Use use) {
        return new Sample(
                instance.appId(),
                instance.id(),
                instance.revision(),
                now,
                span,
                0,
                Sample.NO_CLASSES,
                0,
                List.of(),
                use == null ? null : use.cpuPercent(),
                use == null ? null : use.memoryPercent(),
                use == null ? null : use.memoryBytes());
    }

    private static List<Long> grown(OfInstance before, OfInstance now) {
        return IntStream.range(0, now.classes().size())
                .mapToObj(i -> Math.max(0, now.classes().get(i) - before.classes().get(i)))
                .toList();
    }

    private static Latency latency(@Nullable OfInstance before, OfInstance now) {
        return before == null ? now.latency() : now.latency().minus(before.latency());
    }
}
