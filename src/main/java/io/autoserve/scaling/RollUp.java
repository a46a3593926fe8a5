package io.autoserve.scaling;

import static java.util.stream.Collectors.toSet;

import io.autoserve.model.Sample;
import io.autoserve.store.LoadTable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Combines fine samples to coarse ones of a minute each. Consecutive minutes in which an instance
 * had no requests, and used as much CPU and memory as before, become one sample. Such a sample ends
 * with a full ten minutes at the latest.
 *
 * <p>The result depends only on the fine samples. A new leader that begins at the start of ten
 * minutes therefore repeats samples of its predecessor exactly, and the table ignores the
 * repetition.
 */
final class RollUp {
    private static final Duration MINUTE = LoadTable.COARSE;

    /**
     * How long before the last minute the previous leader may have stopped. After a longer gap, its
     * idle minutes are lost.
     */
    private static final Duration LONGEST_GAP = Duration.ofMinutes(5);

    /** Percentage points by which the usage may differ from that of the minutes before. */
    private static final double TOLERANCE = 1;

    /** The idle minutes of each instance that have not been returned yet, as one sample. */
    private final Map<Long, Sample> idle = new HashMap<>();

    private Instant until;

    private RollUp(Instant until) {
        this.until = until;
    }

    /**
     * Begins with the ten minutes that contain the time five minutes before the minute that ended
     * at {@code end}. The previous leader may have stopped in them, before it wrote their idle
     * minutes.
     */
    static RollUp before(Instant end) {
        var stopped = end.minus(MINUTE).minus(LONGEST_GAP);
        return new RollUp(ScalingLoop.stepEnd(stopped, LoadTable.LONGEST_SPAN));
    }

    /** Returns the end of the last minute that was combined. */
    Instant until() {
        return until;
    }

    /**
     * Combines the minutes up to {@code end}. Returns the coarse samples that are complete.
     *
     * @param fine the fine samples that ended after {@link #until()} and not after {@code end}
     */
    List<Sample> combined(Collection<Sample> fine, Instant end) {
        var complete = new ArrayList<Sample>();
        while (until.isBefore(end)) {
            var begin = until;
            until = begin.plus(MINUTE);
            var ofMinute =
                    fine.stream()
                            .filter(sample -> sample.at().isAfter(begin))
                            .filter(sample -> !sample.at().isAfter(until))
                            .toList();
            add(Samples.byInstance(ofMinute, until, MINUTE), complete);
            if (ScalingLoop.stepEnd(until, LoadTable.LONGEST_SPAN).equals(until)) {
                complete.addAll(idle.values());
                idle.clear();
            }
        }
        return complete;
    }

    private void add(List<Sample> minutes, List<Sample> complete) {
        var present = minutes.stream().map(Sample::instanceId).collect(toSet());
        var gone = idle.keySet().stream().filter(id -> !present.contains(id)).toList();
        gone.forEach(id -> complete.add(Objects.requireNonNull(idle.remove(id))));
        for (var minute : minutes) {
            var run = idle.remove(minute.instanceId());
            if (run != null && continues(run, minute)) {
                idle.put(minute.instanceId(), both(run, minute));
                continue;
            }
            if (run != null) {
                complete.add(run);
            }
            if (isIdle(minute)) {
                idle.put(minute.instanceId(), minute);
            } else {
                complete.add(minute);
            }
        }
    }

    private static Sample both(Sample run, Sample minute) {
        return Samples.together(List.of(run, minute), minute.at(), run.span().plus(minute.span()));
    }

    private static boolean continues(Sample run, Sample minute) {
        return isIdle(minute)
                && run.revision() == minute.revision()
                && near(run.cpuPercent(), minute.cpuPercent())
                && near(run.memoryPercent(), minute.memoryPercent());
    }

    private static boolean isIdle(Sample sample) {
        return sample.requests() == 0
                && sample.inFlight() == 0
                && sample.classes().equals(Sample.NO_CLASSES);
    }

    private static boolean near(@Nullable Double before, @Nullable Double now) {
        if (before == null || now == null) {
            return Objects.equals(before, now);
        }
        return Math.abs(before - now) < TOLERANCE;
    }
}
