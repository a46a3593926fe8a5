package io.autoserve.access;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Limits how often each key may do something: a number at once after a pause, then one per interval
 * (a leaky bucket as a meter). Remembers at most 10,000 keys, so that many keys cannot fill the
 * memory, and forgets the one that was counted longest ago.
 */
final class Burst {
    private static final int KEYS = 10_000;

    private final int atOnce;
    private final Duration interval;

    /**
     * The time at which the count of each key is back to zero. The key that was counted last comes
     * last.
     */
    private final Map<String, Instant> clearAt = new LinkedHashMap<>(16, 0.75f, true);

    Burst(int atOnce, Duration interval) {
        this.atOnce = atOnce;
        this.interval = interval;
    }

    /**
     * Counts once for the key.
     *
     * @return how long the key must wait, in which case nothing is counted; empty if it is within
     *     the limit
     */
    Optional<Duration> count(String key, Instant now) {
        var before = clearAt.getOrDefault(key, now);
        var after = (before.isBefore(now) ? now : before).plus(interval);
        var wait = Duration.between(now, after).minus(interval.multipliedBy(atOnce));
        if (wait.isPositive()) {
            return Optional.of(wait);
        }
        clearAt.put(key, after);
        if (clearAt.size() > KEYS) {
            clearAt.remove(clearAt.keySet().iterator().next());
        }
        return Optional.empty();
    }
}
