package io.autoserve.scaling;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Scaling.MetricQuery;
import io.autoserve.model.PlainText;
import io.autoserve.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads the metrics of apps that other systems know, and keeps the last number of each. Each metric
 * is read on a thread of its own, so that a system that does not answer delays no other. May be
 * used from any thread.
 */
final class MetricReadings {
    /** A number counts for this long. Several readings may fail in this time. */
    private static final Duration FRESH = Duration.ofSeconds(20);

    private static final int LONGEST_FAILURE = 200;

    private final MetricSource source;
    private final InstantSource clock;
    private final Time time;
    private final Map<OfPolicy, Last> last = new ConcurrentHashMap<>();
    private final Set<OfPolicy> underway = ConcurrentHashMap.newKeySet();

    MetricReadings(MetricSource source, InstantSource clock, Time time) {
        this.source = source;
        this.clock = clock;
        this.time = time;
    }

    /** A metric of one app. With another query it is another metric. */
    private record OfPolicy(long app, String name, MetricQuery query) {}

    /**
     * @param value the last number that was read; null before the first one
     * @param at when that number was read
     * @param zeroSince since when all numbers were 0, without a time in which the number was not
     *     known; null if the last one was not
     * @param failure why the last reading failed; empty if it did not
     */
    private record Last(
            @Nullable Double value, Instant at, @Nullable Instant zeroSince, String failure) {}

    /** Begins to read the metrics of these apps, but for those that are being read still. */
    void read(Collection<App> apps) {
        var metrics =
                apps.stream()
                        .flatMap(app ->
                                app.spec().scaling().metrics().stream()
                                        .map(it -> new OfPolicy(app.id(), it.name(), it.query())))
                        .collect(toSet());
        last.keySet().retainAll(metrics);
        for (var metric : metrics) {
            if (underway.add(metric)) {
                time.start("metric-" + metric.name, () -> read(metric));
            }
        }
    }

    private void read(OfPolicy metric) {
        try {
            var value = source.read(metric.query);
            var now = clock.instant();
            last.compute(metric, (_, before) -> next(before, value, now));
        } catch (RuntimeException failure) {
            var why = PlainText.cut(PlainText.of(words(failure)), LONGEST_FAILURE);
            var now = clock.instant();
            last.compute(
                    metric,
                    (_, before) ->
                            before == null
                                    ? new Last(null, now, null, why)
                                    : new Last(before.value, before.at, before.zeroSince, why));
        } finally {
            underway.remove(metric);
        }
    }

    private static String words(RuntimeException failure) {
        var message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }

    private static Last next(@Nullable Last before, double value, Instant now) {
        if (value > 0) {
            return new Last(value, now, null, "");
        }
        var known = before == null || before.at.plus(FRESH).isBefore(now) ? null : before.zeroSince;
        return new Last(value, now, known == null ? now : known, "");
    }

    /** Returns the last numbers of the app, by the name of the metric. */
    Map<String, Measured> of(App app, Instant now) {
        return app.spec().scaling().metrics().stream()
                .collect(
                        toMap(
                                it -> it.name(),
                                it ->
                                        measured(
                                                last.get(
                                                        new OfPolicy(
                                                                app.id(), it.name(), it.query())),
                                                now)));
    }

    private static Measured measured(@Nullable Last last, Instant now) {
        if (last == null) {
            return Measured.unknown("it was not read yet");
        }
        if (last.value == null || last.at.plus(FRESH).isBefore(now)) {
            return Measured.unknown(
                    last.failure.isEmpty()
                            ? "it was not read for %d s".formatted(FRESH.toSeconds())
                            : last.failure);
        }
        var zeroSince = last.zeroSince;
        return new Measured(
                last.value,
                zeroSince == null ? Duration.ZERO : Duration.between(zeroSince, now),
                "");
    }
}
