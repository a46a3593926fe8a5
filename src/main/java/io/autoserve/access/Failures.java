package io.autoserve.access;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Limits wrong tokens by client address: ten at once, then one every six seconds. Valid tokens are
 * admitted even beyond the limit, because a job with a revoked token must not lock out other users
 * behind the same address. This is safe, because 256 random bits cannot be guessed.
 */
public final class Failures {
    private final Burst burst = new Burst(10, Duration.ofSeconds(6));

    /**
     * Counts a wrong token.
     *
     * @return how long the address must wait; empty if it is within the limit
     */
    public Optional<Duration> count(String address, Instant now) {
        return burst.count(address, now);
    }
}
