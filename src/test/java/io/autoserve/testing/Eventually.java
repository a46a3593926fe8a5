package io.autoserve.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for something that is certain to happen, and otherwise fails with what it saw instead. */
public final class Eventually {
    /**
     * The time to wait for something that uses processors and disks but no engine. It is far more
     * than a slow machine needs. {@link ApiClient#PATIENCE} is for what the engine does.
     */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private Eventually() {}

    /**
     * @param seen called when the time is over, for the message
     * @return how long it took
     */
    public static Duration within(
            Duration patience, String what, BooleanSupplier condition, Supplier<?> seen) {
        var begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > patience.toNanos()) {
                throw new AssertionError(
                        "not within %s: %s; but: %s".formatted(patience, what, seen.get()));
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }
}
