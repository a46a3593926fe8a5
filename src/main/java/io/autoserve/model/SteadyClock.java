package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.LongSupplier;

/**
 * A clock that never jumps and never goes back, even if somebody sets the machine's clock. It keeps
 * counting, and approaches the machine's clock slowly, by at most a tenth of the time that passes.
 *
 * <p>All decisions that compare times, such as deadlines, back-offs and rollouts, use this clock.
 * With the machine's clock, all of them would stop for an hour if somebody set that clock back by
 * an hour. The clock may be used from any thread.
 */
public final class SteadyClock implements InstantSource {
    private static final long SLEW = 10;

    private final InstantSource wall;
    private final LongSupplier nanoTime;
    private Instant at;
    private long nanos;

    /**
     * @param wall the machine's clock
     */
    public SteadyClock(InstantSource wall, LongSupplier nanoTime) {
        this.wall = wall;
        this.nanoTime = nanoTime;
        this.at = wall.instant();
        this.nanos = nanoTime.getAsLong();
    }

    /** Returns the time with microsecond precision, as PostgreSQL stores it. */
    @Override
    public synchronized Instant instant() {
        var now = nanoTime.getAsLong();
        var passed = Duration.ofNanos(Math.max(0, now - nanos));
        nanos = now;
        var counted = at.plus(passed);
        at = counted.plus(limited(Duration.between(counted, wall.instant()), passed));
        return at.truncatedTo(ChronoUnit.MICROS);
    }

    /**
     * Returns the time that the machine's clock shows, with microsecond precision. It is for
     * schedules, which name times of the day, and it may jump.
     */
    public Instant wallTime() {
        return wall.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static Duration limited(Duration behind, Duration passed) {
        var most = passed.dividedBy(SLEW);
        if (behind.compareTo(most) > 0) {
            return most;
        }
        return behind.compareTo(most.negated()) < 0 ? most.negated() : behind;
    }

    /**
     * Sets the clock forward to {@code earliest} unless it is later already. A new leader calls it
     * with the newest time that an earlier leader recorded, so that no recorded time lies in the
     * future.
     */
    public synchronized void notBefore(Instant earliest) {
        if (instant().isBefore(earliest)) {
            at = earliest;
        }
    }
}
