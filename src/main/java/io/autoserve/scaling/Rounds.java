package io.autoserve.scaling;

import io.autoserve.store.Deposed;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a task periodically on a separate thread until this controller's term as leader ends. */
final class Rounds {
    private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);

    private final String name;
    private final Duration period;
    private final Runnable round;
    private final LongSupplier nanoTime;
    private final CountDownLatch end = new CountDownLatch(1);

    /**
     * @param period from the start of one round to the start of the next
     */
    Rounds(String name, Duration period, Runnable round, LongSupplier nanoTime) {
        this.name = name;
        this.period = period;
        this.round = round;
        this.nanoTime = nanoTime;
    }

    void start() {
        Thread.ofVirtual().name(name).start(this::loop);
    }

    void end() {
        end.countDown();
    }

    private void loop() {
        var due = nanoTime.getAsLong();
        while (rested(due - nanoTime.getAsLong())) {
            try {
                round.run();
            } catch (Deposed deposed) {
                return;
            } catch (RuntimeException failure) {
                LOG.warn("{} failed, the next round retries: {}", name, failure.toString());
            }
            due = Math.max(due + period.toNanos(), nanoTime.getAsLong());
        }
    }

    /**
     * @return false once the term is over
     */
    private boolean rested(long nanos) {
        try {
            return !end.await(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            return false;
        }
    }
}
