package io.autoserve.scaling;

import io.autoserve.model.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The samples of the last quarter of an hour, one second each. May be used from any thread. */
final class RecentSamples {
    static final Duration KEPT = Duration.ofMinutes(15);

    /** By app id, oldest first. */
    private final Map<Long, Deque<Sample>> samples = new HashMap<>();

    synchronized void add(Collection<Sample> read, Instant now) {
        read.forEach(sample ->
                samples.computeIfAbsent(sample.appId(), _ -> new ArrayDeque<>()).add(sample));
        var oldest = now.minus(KEPT);
        samples.values()
                .forEach(kept -> {
                    while (!kept.isEmpty() && kept.getFirst().at().isBefore(oldest)) {
                        kept.removeFirst();
                    }
                });
        samples.values().removeIf(Deque::isEmpty);
    }

    /** Returns the samples of one app that ended after {@code from}, oldest first. */
    synchronized List<Sample> of(long app, Instant from) {
        var found = new ArrayList<Sample>();
        var newestFirst = samples.getOrDefault(app, new ArrayDeque<>()).descendingIterator();
        while (newestFirst.hasNext()) {
            var sample = newestFirst.next();
            if (!sample.at().isAfter(from)) {
                break;
            }
            found.add(sample);
        }
        return List.copyOf(found.reversed());
    }

    /** Returns one sample for each instance, for the step that ended at {@code end}. */
    synchronized List<Sample> step(Instant end, Duration span) {
        var read =
                samples.keySet().stream()
                        .flatMap(app -> of(app, end.minus(span)).stream())
                        .filter(sample -> !sample.at().isAfter(end))
                        .toList();
        return Samples.byInstance(read, end, span);
    }
}
