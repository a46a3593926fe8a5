package io.autoserve.time;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The time that really passes. */
record SystemTime(LongSupplier clock) implements Time {

    @Override
    public long nanoTime() {
        return clock.getAsLong();
    }

    @Override
    public void start(String name, Runnable task) {
        Thread.ofVirtual().name(name).start(task);
    }

    @Override
    public void pause(Duration length) throws InterruptedException {
        Thread.sleep(length);
    }

    @Override
    public boolean rest(Semaphore wakes, Duration longest) throws InterruptedException {
        return wakes.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void after(Duration delay, Executor threads, Runnable task) {
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, threads)
                .execute(task);
    }

    @Override
    public <T> Future<T> within(Duration patience, Future<T> answer) {
        return answer.timeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    }
}
