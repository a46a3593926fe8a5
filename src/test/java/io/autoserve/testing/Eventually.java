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
 * Waits for something that is certain to happen. If it does not happen, fails with what was
 * awaited, for how long, and what was seen last.
 */
public final class Eventually {
    /**
     * How long to wait for something that does not need Docker. It is far more than a slow machine
     * needs. For what needs Docker, use {@link ApiClient#PATIENCE}.
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
                throw new AssertionError("timed out after %s: %s".formatted(PATIENCE, future), e);
            }
            throw e;
        }
    }

    /**
     * Calls {@code look} repeatedly until {@code wanted} accepts its value, and returns that value.
     */
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
     * @param seen called after a timeout, to show the last state in the message
     * @return how long it took
     */
    public static Duration within(
            Duration patience, String what, BooleanSupplier condition, Supplier<?> seen) {
        var begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > patience.toNanos()) {
                throw new AssertionError(
                        "timed out after %s: %s; last: %s".formatted(patience, what, shown(seen)));
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /**
     * Returns the last state. If reading the state fails, returns the exception and does not throw
     * it.
     */
    private static @Nullable Object shown(Supplier<?> seen) {
        try {
            return seen.get();
        } catch (RuntimeException | AssertionError failure) {
            return failure;
        }
    }
}
