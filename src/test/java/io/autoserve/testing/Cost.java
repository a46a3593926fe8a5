package io.autoserve.testing;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/** Measures the processor time that code needs. */
public final class Cost {
    private static final int ROUNDS = 50;

    private Cost() {}

    /**
     * Returns the least processor time of several rounds. Other work on the machine and the first,
     * slow rounds of the JVM do not count.
     */
    public static Duration least(Runnable work) {
        var threads = ManagementFactory.getThreadMXBean();
        var least = Long.MAX_VALUE;
        for (var round = 0; round < ROUNDS; round++) {
            var begin = threads.getCurrentThreadCpuTime();
            work.run();
            least = Math.min(least, threads.getCurrentThreadCpuTime() - begin);
        }
        return Duration.ofNanos(least);
    }
}
