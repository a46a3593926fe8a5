package io.autoserve.platform;

import static java.util.stream.Collectors.groupingBy;

import io.autoserve.model.App;
import io.autoserve.model.LoadSummary;
import io.autoserve.model.Sample;
import io.autoserve.scaling.AutoScaler;
import io.autoserve.scaling.Summaries;
import io.autoserve.store.LoadTable;
import io.autoserve.store.LongReads;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reports the load and the scaling of apps. This works on every controller, because the figures
 * come from the tables. On the leader, the figures also include newer samples from its memory.
 */
public record StoredLoads(
        AutoScaler scaler, LongReads past, AllLoads all, InstantSource clock, Background background)
        implements Loads {
    private static final int CHANGES = 20;
    private static final Duration NOW = Duration.ofSeconds(10);
    private static final Duration RECENTLY = Duration.ofMinutes(10);

    /**
     * The table keeps fine steps for an hour. A history that begins more than 55 minutes ago is
     * read in coarse steps, if the caller asks for steps that are at least as long.
     */
    private static final Duration FINE_KEPT = Duration.ofMinutes(55);

    @Override
    public Future<ScalingReport> scaling(App app) {
        return background.run(() -> report(app));
    }

    @Override
    public Future<AppLoad> load(App app, @Nullable Instant since, Duration step) {
        return background.run(() -> read(app, since, step));
    }

    @Override
    public Future<Overview> overview() {
        return background.run(all::now);
    }

    private ScalingReport report(App app) {
        var told = past.scaling(app.id(), CHANGES);
        return new ScalingReport(
                scaler.decision(app.id()).orElse(told.latest()), told.heldUntil(), told.changes());
    }

    private AppLoad read(App app, @Nullable Instant since, Duration step) {
        var now = clock.instant();
        var from = since == null ? now.minus(RECENTLY) : since;
        var coarse = step.compareTo(LoadTable.COARSE) >= 0 && from.isBefore(now.minus(FINE_KEPT));
        var history =
                coarse ? longHistory(app, from, now) : past.samples(app.id(), LoadTable.FINE, from);
        var recent = recent(app, history, now);
        var at = recent.isEmpty() ? now : recent.getLast().at();
        var span = span(recent);
        return new AppLoad(
                Summaries.of(recent, at, span),
                by(recent, Sample::revision, at, span),
                by(recent, Sample::instanceId, at, span),
                Summaries.steps(history, step));
    }

    private List<Sample> longHistory(App app, Instant from, Instant now) {
        var coarseUntil = LoadTable.coarseUntil(now);
        return Stream.concat(
                        past.samples(app.id(), LoadTable.COARSE, from).stream()
                                .filter(sample -> !sample.at().isAfter(coarseUntil)),
                        past.samples(app.id(), LoadTable.FINE, coarseUntil).stream())
                .toList();
    }

    /**
     * Returns the newest samples of the app. On a follower these are only the last step that the
     * leader stored.
     */
    private List<Sample> recent(App app, List<Sample> history, Instant now) {
        var seen = scaler.samples(app.id(), now.minus(NOW));
        if (!seen.isEmpty()) {
            return seen;
        }
        var fresh = now.minus(LoadTable.FINE.multipliedBy(3));
        var last =
                history.stream()
                        .map(Sample::at)
                        .filter(at -> at.isAfter(fresh))
                        .max(Instant::compareTo);
        return history.stream()
                .filter(sample -> last.filter(sample.at()::equals).isPresent())
                .toList();
    }

    private static Duration span(Collection<Sample> samples) {
        return samples.stream()
                .collect(
                        Collectors.groupingBy(
                                Sample::instanceId,
                                Collectors.reducing(Duration.ZERO, Sample::span, Duration::plus)))
                .values()
                .stream()
                .max(Duration::compareTo)
                .orElse(NOW);
    }

    private static <K extends Comparable<K>> Map<K, LoadSummary> by(
            Collection<Sample> samples, Function<Sample, K> key, Instant at, Duration span) {
        var summaries = new TreeMap<K, LoadSummary>();
        samples.stream()
                .collect(groupingBy(key))
                .forEach((of, its) -> summaries.put(of, Summaries.of(its, at, span)));
        return summaries;
    }
}
