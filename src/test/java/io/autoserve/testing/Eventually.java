package io.autoserve.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what is bound to come, and says what there was instead when it does not. */
public final class Eventually {
    /**
     * For what takes processors and disks but no engine: far more than a slow machine needs. What
     * the engine does has {@link ApiClient#PATIENCE}.
     */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private Eventually() {}

    /**
     * @param seen asked when patience ends
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
