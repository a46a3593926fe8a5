package io.autoserve.time;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Measures time, waits for it to pass, and starts threads. Loops and timeouts use it instead of the
 * static methods of the JDK. The time of day is not part of it: classes that need it get an {@link
 * java.time.InstantSource}.
 */
public interface Time {

    /** Returns the time of this process. */
    static Time system() {
        return counted(System::nanoTime);
    }

    /**
     * Returns the time of this process with another monotonic clock. Waits still last as long as
     * they really do.
     */
    static Time counted(LongSupplier nanoTime) {
        return new SystemTime(nanoTime);
    }

    /**
     * Returns the monotonic time in nanoseconds. Only differences between two values mean anything.
     */
    long nanoTime();

    /** Starts a virtual thread with this name. */
    void start(String name, Runnable task);

    /** Makes the calling thread wait for this time. */
    void pause(Duration length) throws InterruptedException;

    /**
     * Waits until a permit is available, but at most for this time, in whole milliseconds.
     *
     * @return whether a permit was acquired
     */
    boolean rest(Semaphore wakes, Duration longest) throws InterruptedException;

    /**
     * Passes the task to {@code threads} when the delay is over. Returns at once.
     *
     * @param threads runs the task
     */
    void after(Duration delay, Executor threads, Runnable task);

    /**
     * Returns the answer, or a future that fails with a {@link TimeoutException} if there is no
     * answer after this time, in whole milliseconds.
     */
    <T> Future<T> within(Duration patience, Future<T> answer);
}
