package io.autoserve.platform;

import static java.util.stream.Collectors.groupingBy;

import io.autoserve.model.LoadSummary;
import io.autoserve.model.Sample;
import io.autoserve.platform.Loads.Overview;
import io.autoserve.scaling.Summaries;
import io.autoserve.store.LoadTable;
import io.autoserve.store.LongReads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Summarizes the load of every app in the last ten minutes. It reads the table, so every controller
 * reports the same. All callers within two seconds share one result.
 */
public final class AllLoads {
    private static final Duration RECENTLY = Duration.ofMinutes(10);

    /** How long a result is shared. The table gets new samples only every ten seconds. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final LongReads past;
    private final InstantSource clock;
    private @Nullable Read last;

    public AllLoads(LongReads past, InstantSource clock) {
        this.past = past;
        this.clock = clock;
    }

    private record Read(Instant at, Overview loads) {}

    /** Returns the load. May block. */
    synchronized Overview now() {
        var now = clock.instant();
        if (last == null || last.at.isBefore(now.minus(FRESH))) {
            last = new Read(now, read(now));
        }
        return last.loads;
    }

    private Overview read(Instant now) {
        var step = LoadTable.FINE;
        var until =
                Instant.ofEpochSecond(now.getEpochSecond() / step.toSeconds() * step.toSeconds());
        var apps = new TreeMap<Long, List<LoadSummary>>();
        past.samples(until.minus(RECENTLY), until).stream()
                .collect(groupingBy(Sample::appId))
                .forEach((app, samples) -> apps.put(app, Summaries.steps(samples, step)));
        return new Overview(until, step, (int) RECENTLY.dividedBy(step), apps);
    }
}
