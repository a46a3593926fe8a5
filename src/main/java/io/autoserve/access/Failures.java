package io.autoserve.access;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts wrong tokens by the address that showed them: ten at once, then one every six seconds.
 * What is right is let in all the same: a job with a revoked token must not lock out the people
 * behind the same address, and 256 random bits are not found by trying.
 */
public final class Failures {
    private static final int AT_ONCE = 10;
    private static final Duration PER_FAILURE = Duration.ofSeconds(6);
    private static final int ADDRESSES = 10_000;

    /** When the address will have nothing counted against it; the one that failed last is last. */
    private final Map<String, Instant> clearAt = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @return how long the address has to wait; empty: it may be told that the token is wrong
     */
    public Optional<Duration> count(String address, Instant now) {
        var before = clearAt.getOrDefault(address, now);
        var after = (before.isBefore(now) ? now : before).plus(PER_FAILURE);
        var wait = Duration.between(now, after).minus(PER_FAILURE.multipliedBy(AT_ONCE));
        if (wait.isPositive()) {
            return Optional.of(wait);
        }
        clearAt.put(address, after);
        forgetSome();
        return Optional.empty();
    }

    /** Or many addresses would fill the memory. */
    private void forgetSome() {
        if (clearAt.size() > ADDRESSES) {
            clearAt.remove(clearAt.keySet().iterator().next());
        }
    }
}
