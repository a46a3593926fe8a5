package io.autoserve.proxy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Decides when to report that nginx refused answers of an app because their headers are too long.
 * An app is reported once in ten minutes at most.
 */
public final class LongAnswers {
    private static final Duration PAUSE = Duration.ofMinutes(10);

    /** The counts of the last reading, by instance id. */
    private final Map<Long, Long> counted = new HashMap<>();

    private final Map<String, Long> unreported = new HashMap<>();
    private final Map<String, Long> reportedAt = new HashMap<>();
    private boolean started;

    /**
     * Returns how many answers to report, by the app's name. What happened before the first reading
     * is not reported, because an earlier leader may have done so.
     */
    public SortedMap<String, Long> due(Counters counters, long nanoTime) {
        counters.instances()
                .forEach((id, instance) -> {
                    var before = counted.getOrDefault(id, 0L);
                    var now = instance.longHeads();
                    var more = now < before ? now : now - before; // nginx was restarted
                    if (started && more > 0) {
                        unreported.merge(instance.app(), more, Long::sum);
                    }
                    counted.put(id, now);
                });
        counted.keySet().retainAll(counters.instances().keySet());
        started = true;
        reportedAt.values().removeIf(at -> nanoTime - at >= PAUSE.toNanos());
        var due = new TreeMap<>(unreported);
        due.keySet().removeAll(reportedAt.keySet());
        due.keySet().forEach(app -> reportedAt.put(app, nanoTime));
        unreported.keySet().removeAll(due.keySet());
        return due;
    }
}
