package io.autoserve.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for something that is certain to happen. */
public final class Await {
    private static final Duration PERIOD = Duration.ofMillis(2);

    private Await() {}

    public static <T> T await(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    public static void await(BooleanSupplier condition) {
        var deadline = System.nanoTime() + Eventually.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline)
                    .as("%s passed", Eventually.PATIENCE)
                    .isNegative();
            LockSupport.parkNanos(PERIOD.toNanos());
        }
    }
}
