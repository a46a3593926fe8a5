package io.autoserve.runtime;

import java.time.Duration;

/**
 * Decides how long to wait for a call that only reads. The deadline doubles each time it is missed,
 * up to eight times its initial value, and halves each time an answer arrives. A slow engine
 * therefore gets the time it needs instead of the same request again and again. Many calls wait at
 * the same time and may miss the same deadline, unlike the attempts at the gate of a database,
 * which has its deadline from the durations of successful attempts.
 */
final class AdaptiveDeadline {
    private static final int MOST = 8;

    private final Duration shortest;
    private Duration present;

    AdaptiveDeadline(Duration shortest) {
        this.shortest = shortest;
        this.present = shortest;
    }

    synchronized Duration now() {
        return present;
    }

    /**
     * @param limit the deadline that was missed. If several calls miss the same deadline, only the
     *     first of them doubles it.
     */
    synchronized void missed(Duration limit) {
        if (present.equals(limit)) {
            var longest = shortest.multipliedBy(MOST);
            var twice = limit.multipliedBy(2);
            present = twice.compareTo(longest) < 0 ? twice : longest;
        }
    }

    synchronized void met(Duration limit) {
        if (present.equals(limit)) {
            var half = limit.dividedBy(2);
            present = half.compareTo(shortest) > 0 ? half : shortest;
        }
    }
}
