package io.autoserve.testing;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for something that is certain to happen, and otherwise fails with what was awaited, for how
 * long, and what was seen last.
 */
public final class Eventually {
    /**
     * The time to wait for something that uses processors and disks but no engine. It is far more
     * than a slow machine needs. {@link ApiClient#PATIENCE} is for what the engine does.
     */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private Eventually() {}

    /**
     * Returns the result of the future.
     *
     * @throws CompletionException if the future fails
     */
    public static <T> T await(Future<T> future) {
        var result = future.toCompletionStage().toCompletableFuture();
        try {
            return result.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException && !future.isComplete()) {
                throw new AssertionError("not within %s: %s".formatted(PATIENCE, future), e);
            }
            throw e;
        }
    }

    /** Looks again and again until it sees what is wanted, and returns that. */
    public static <T> T await(String what, Supplier<T> look, Predicate<? super T> wanted) {
        var seen = new AtomicReference<T>();
        within(
                PATIENCE,
                what,
                () -> {
                    seen.set(look.get());
                    return wanted.test(seen.get());
                },
                seen::get);
        return seen.get();
    }

    /**
     * Waits until the condition holds.
     *
     * @param seen called when the time is over, for the message
     * @return how long it took
     */
    public static Duration within(
            Duration patience, String what, BooleanSupplier condition, Supplier<?> seen) {
        var begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > patience.toNanos()) {
                throw new AssertionError(
                        "not within %s: %s; but: %s".formatted(patience, what, shown(seen)));
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** Returns what is seen, or else the failure, which must not hide what was awaited. */
    private static @Nullable Object shown(Supplier<?> seen) {
        try {
            return seen.get();
        } catch (RuntimeException | AssertionError failure) {
            return failure;
        }
    }
}
