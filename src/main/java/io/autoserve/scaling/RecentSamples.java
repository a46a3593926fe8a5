package io.autoserve.scaling;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.groupingBy;

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

/**
 * Keeps the newest samples in memory: of each app those of the last {@link #SHOWN}, and of an app
 * that scales automatically those of its whole window. Samples that are older than {@link #FINEST}
 * are combined, so that there is one for each instance and {@link #STEP}. May be used from any
 * thread.
 *
 * <p>A sample takes up to 300 bytes. At one reading per second, an instance therefore takes 6 KB.
 * An instance of an app that scales on a window of a minute takes 18 KB, and one on the longest
 * window of an hour takes 125 KB.
 */
final class RecentSamples {
    /**
     * Covers the last whole step of ten seconds, which is stored, and the ten seconds that the API
     * shows as the present load.
     */
    static final Duration SHOWN = Duration.ofSeconds(20);

    /** Covers the panic windows of all policies whose window is at most ten minutes. */
    static final Duration FINEST = Duration.ofMinutes(1);

    static final Duration STEP = Duration.ofSeconds(10);

    private final Map<Long, OfApp> apps = new HashMap<>();

    /**
     * Adds a reading, and forgets or combines older ones.
     *
     * @param windows the windows of the apps that scale automatically, by the id of the app
     */
    synchronized void add(Collection<Sample> read, Map<Long, Duration> windows, Instant now) {
        read.forEach(sample ->
                apps.computeIfAbsent(sample.appId(), _ -> new OfApp()).readings.add(sample));
        apps.forEach((app, kept) -> kept.shorten(windows.getOrDefault(app, SHOWN), now));
        apps.values().removeIf(OfApp::isEmpty);
    }

    /** Returns the samples of one app that ended after {@code from}, oldest first. */
    synchronized List<Sample> of(long app, Instant from) {
        var kept = apps.get(app);
        return kept == null ? List.of() : kept.after(from);
    }

    /** Returns one sample for each instance, for the step that ended at {@code end}. */
    synchronized List<Sample> step(Instant end, Duration span) {
        var read =
                apps.values().stream()
                        .flatMap(kept -> kept.after(end.minus(span)).stream())
                        .filter(sample -> !sample.at().isAfter(end))
                        .toList();
        return Samples.byInstance(read, end, span);
    }

    private static final class OfApp {
        /** The samples of single readings, oldest first. */
        private final Deque<Sample> readings = new ArrayDeque<>();

        /** The combined samples, oldest first, which are all older than the readings. */
        private final Deque<Sample> steps = new ArrayDeque<>();

        boolean isEmpty() {
            return readings.isEmpty() && steps.isEmpty();
        }

        List<Sample> after(Instant from) {
            var newestFirst = new ArrayList<Sample>();
            addAfter(from, readings, newestFirst);
            addAfter(from, steps, newestFirst);
            return List.copyOf(newestFirst.reversed());
        }

        private static void addAfter(Instant from, Deque<Sample> kept, List<Sample> newestFirst) {
            var samples = kept.descendingIterator();
            while (samples.hasNext()) {
                var sample = samples.next();
                if (!sample.at().isAfter(from)) {
                    return;
                }
                newestFirst.add(sample);
            }
        }

        void shorten(Duration window, Instant now) {
            if (window.compareTo(FINEST) > 0) {
                combine(now.minus(FINEST));
                drop(steps, now.minus(window));
            } else {
                steps.clear();
                drop(readings, now.minus(window.compareTo(SHOWN) > 0 ? window : SHOWN));
            }
        }

        private static void drop(Deque<Sample> kept, Instant oldest) {
            while (!kept.isEmpty() && kept.getFirst().at().isBefore(oldest)) {
                kept.removeFirst();
            }
        }

        /** Combines the readings of each step that ended by {@code until}. */
        private void combine(Instant until) {
            while (!readings.isEmpty() && !stepEnd(readings.getFirst()).isAfter(until)) {
                var end = stepEnd(readings.getFirst());
                var step = new ArrayList<Sample>();
                while (!readings.isEmpty() && readings.getFirst().at().isBefore(end)) {
                    step.add(readings.removeFirst());
                }
                steps.addAll(combined(step));
            }
        }

        /** Returns the end of the sample's step. It is always later than the end of the sample. */
        private static Instant stepEnd(Sample sample) {
            return ScalingLoop.stepEnd(sample.at(), STEP).plus(STEP);
        }

        /**
         * Returns one sample for each instance. Its span is the time that was measured, so that a
         * missing reading does not count as measured.
         */
        private static List<Sample> combined(Collection<Sample> step) {
            return step.stream().collect(groupingBy(Sample::instanceId)).values().stream()
                    .map(ofOne ->
                            Samples.together(
                                    ofOne,
                                    ofOne.getLast().at(),
                                    ofOne.stream()
                                            .map(Sample::span)
                                            .reduce(Duration.ZERO, Duration::plus)))
                    .sorted(comparing(Sample::at))
                    .toList();
        }
    }
}
