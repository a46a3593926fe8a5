package io.autoserve.access;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Limits wrong tokens by client address: ten at once, then one every six seconds. Valid tokens are
 * admitted even beyond the limit, because a job with a revoked token must not lock out other users
 * behind the same address. This is safe, because 256 random bits cannot be guessed.
 */
public final class Failures {
    private static final int AT_ONCE = 10;
    private static final Duration PER_FAILURE = Duration.ofSeconds(6);
    private static final int ADDRESSES = 10_000;

    /**
     * The time at which the count of each address is back to zero. The address with the latest
     * failure comes last.
     */
    private final Map<String, Instant> clearAt = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Counts a wrong token.
     *
     * @return how long the address must wait; empty if it is within the limit
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

    /** Keeps at most 10,000 addresses, so that many addresses cannot fill the memory. */
    private void forgetSome() {
        if (clearAt.size() > ADDRESSES) {
            clearAt.remove(clearAt.keySet().iterator().next());
        }
    }
}
