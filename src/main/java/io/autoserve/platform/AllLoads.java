package io.autoserve.platform;

import static java.util.stream.Collectors.groupingBy;

import io.autoserve.model.LoadSummary;
import io.autoserve.model.Sample;
import io.autoserve.platform.Loads.Overview;
import io.autoserve.scaling.Summaries;
import io.autoserve.store.LoadTable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Summarizes the load of every app in the last ten minutes. It reads the table, so every controller
 * reports the same. All callers within two seconds share one result. The next result reads only the
 * samples of the last steps, and takes the earlier steps from the result before.
 */
public final class AllLoads {
    private static final Duration RECENTLY = Duration.ofMinutes(10);
    private static final Duration STEP = LoadTable.FINE;

    /** How long a result is shared. The table gets new samples only every ten seconds. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    /** How much of the last result is read again, because the leader may have written it late. */
    private static final Duration READ_AGAIN = STEP.multipliedBy(3);

    private final BiFunction<Instant, Instant, List<Sample>> fine;
    private final InstantSource clock;
    private @Nullable Read last;

    /**
     * @param fine returns the fine samples of all apps that ended after the first time and not
     *     after the second, oldest first; may block
     */
    public AllLoads(BiFunction<Instant, Instant, List<Sample>> fine, InstantSource clock) {
        this.fine = fine;
        this.clock = clock;
    }

    private record Read(Instant at, Overview loads) {}

    /** Returns the load. May block. */
    synchronized Overview now() {
        var now = clock.instant();
        if (last == null || last.at.isAfter(now) || last.at.isBefore(now.minus(FRESH))) {
            last = new Read(now, read(now, last == null ? null : last.loads));
        }
        return last.loads;
    }

    private Overview read(Instant now, @Nullable Overview before) {
        var until =
                Instant.ofEpochSecond(now.getEpochSecond() / STEP.toSeconds() * STEP.toSeconds());
        var begin = until.minus(RECENTLY);
        var known =
                before == null || before.until().isAfter(until) // the clock was set back
                        ? begin
                        : before.until().minus(READ_AGAIN);
        var from = known.isAfter(begin) ? known : begin;
        var apps = new TreeMap<Long, List<LoadSummary>>();
        if (before != null) {
            before.apps().forEach((app, steps) -> keep(apps, app, steps, begin, from));
        }
        fine.apply(from, until).stream()
                .collect(groupingBy(Sample::appId))
                .forEach((app, samples) ->
                        apps.merge(app, Summaries.steps(samples, STEP), AllLoads::both));
        return new Overview(until, STEP, (int) RECENTLY.dividedBy(STEP), apps);
    }

    /** Keeps the steps that ended after {@code begin} and not after {@code from}. */
    private static void keep(
            Map<Long, List<LoadSummary>> apps,
            long app,
            List<LoadSummary> steps,
            Instant begin,
            Instant from) {
        var kept =
                steps.stream()
                        .filter(step -> step.at().isAfter(begin) && !step.at().isAfter(from))
                        .toList();
        if (!kept.isEmpty()) {
            apps.put(app, kept);
        }
    }

    private static List<LoadSummary> both(List<LoadSummary> earlier, List<LoadSummary> later) {
        return Stream.concat(earlier.stream(), later.stream()).toList();
    }
}
