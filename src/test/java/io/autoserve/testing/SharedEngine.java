package io.autoserve.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Models the processor of a Docker Engine. All work in progress shares it equally, as real starts
 * of containers do. Each piece of work takes the time that it needs alone, times the number of
 * pieces that share the processor.
 */
public final class SharedEngine {
    private static final Duration SLICE = Duration.ofMillis(5);

    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /** Blocks the calling thread until this much work is done. */
    public void work(Duration alone) {
        most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        try {
            var left = (double) alone.toNanos();
            while (left > 0) {
                var begin = System.nanoTime();
                Thread.sleep(SLICE);
                left -= (double) (System.nanoTime() - begin) / underWay.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            underWay.decrementAndGet();
        }
    }

    /** Returns the largest number of pieces of work that were in progress at the same time. */
    public int most() {
        return most.get();
    }
}
