package io.autoserve.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The processor of a modelled engine: everything that is under way at the same time shares it, as
 * real starts do. What it is asked for takes as long as it needs alone, times how many share it.
 */
public final class SharedEngine {
    private static final Duration SLICE = Duration.ofMillis(5);

    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /** Blocks its thread for this much work. */
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

    /** The most that was ever asked for at the same time. */
    public int most() {
        return most.get();
    }
}
