package io.autoserve.health;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Decides how much time an event loop lost, because it was late or stood still. It compares the
 * times at which a task was due with the times at which the task ran.
 */
final class Punctuality {

    /** A loop with nothing else to do may run a task this much later than asked. */
    private static final Duration TOLERANCE = Duration.ofMillis(10);

    /** Delays are remembered for longer than any probe takes. */
    private static final Duration KEPT = Duration.ofMinutes(10);

    private final Deque<Delay> delays = new ArrayDeque<>();
    private @Nullable Instant due;

    private record Delay(Instant from, Instant until) {
        Duration within(Instant start, Instant end) {
            var first = from.isAfter(start) ? from : start;
            var last = until.isBefore(end) ? until : end;
            return last.isAfter(first) ? Duration.between(first, last) : Duration.ZERO;
        }
    }

    /** Notes that a task is to run at this time. */
    void expect(Instant at) {
        due = at;
    }

    /** Notes that the expected task runs. */
    void ran(Instant now) {
        if (due != null && Duration.between(due, now).compareTo(TOLERANCE) > 0) {
            delays.addLast(new Delay(due, now));
        }
        due = null;
        while (!delays.isEmpty() && delays.getFirst().until().isBefore(now.minus(KEPT))) {
            delays.removeFirst();
        }
    }

    /** Returns how much of the time between two instants the loop lost. */
    Duration lost(Instant start, Instant end) {
        var lost = Duration.ZERO;
        for (var delay : delays) {
            lost = lost.plus(delay.within(start, end));
        }
        return due == null ? lost : lost.plus(new Delay(due, end).within(start, end));
    }
}
