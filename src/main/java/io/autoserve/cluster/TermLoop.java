package io.autoserve.cluster;

import io.autoserve.model.Deposed;
import io.autoserve.model.Term;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Repeats one part of the leader's work on a separate thread until the term ends. Between two
 * passes the loop rests until the next pass is due, or until it is woken. It retries a failed pass
 * after 0.5 s, and doubles this wait after each further failure, up to 5 s.
 */
public final class TermLoop {
    private static final Logger LOG = LoggerFactory.getLogger(TermLoop.class);
    private static final Duration LONGEST_BREATH = Duration.ofMillis(500);
    private static final Duration FIRST_BACK_OFF = Duration.ofMillis(500);
    private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(5);

    private final String name;
    private final Term term;
    private final Work work;
    private final Time time;
    private final Semaphore wakes = new Semaphore(0);
    private Duration backOff = FIRST_BACK_OFF;
    private volatile boolean over;

    /** The work that a loop repeats. The loop calls both methods on its thread. */
    @FunctionalInterface
    public interface Work {
        /**
         * Runs one pass.
         *
         * @return the longest time until the next pass
         * @throws Deposed if the database refused the pass because it has another term. The loop
         *     tries again until {@link TermLoop#end}
         */
        Duration pass() throws InterruptedException;

        /** Called once, after the last pass. */
        default void ended() {}
    }

    /**
     * @param name name of the loop, for its thread and its log messages
     */
    public TermLoop(String name, Term term, Work work, Time time) {
        this.name = name;
        this.term = term;
        this.work = work;
        this.time = time;
    }

    /**
     * Returns work that runs once in each period. If a pass takes longer than the period, the next
     * pass follows after the pause that the loop makes after every pass.
     */
    public static Work every(Duration period, Runnable task, LongSupplier nanoTime) {
        return new Work() {
            private long due = nanoTime.getAsLong();

            @Override
            public Duration pass() {
                task.run();
                var now = nanoTime.getAsLong();
                due = Math.max(due + period.toNanos(), now);
                return Duration.ofNanos(due - now);
            }
        };
    }

    public void start() {
        time.start(name + "-" + term.epoch(), this::repeat);
    }

    /** Starts the next pass early, because something may have changed. */
    public void wake() {
        wakes.release();
    }

    /** Ends the loop. A pass that is running ends first. */
    public void end() {
        over = true;
        wakes.release();
    }

    /** Returns whether the loop has ended or will end after the running pass. */
    public boolean over() {
        return over;
    }

    private void repeat() {
        MDC.put("term", Long.toString(term.epoch()));
        try {
            while (!over) {
                var began = time.nanoTime();
                var rest = rest();
                var breath = breath(time.nanoTime() - began);
                time.pause(breath);
                if (time.rest(wakes, rest.minus(breath))) {
                    wakes.drainPermits();
                }
            }
        } catch (InterruptedException ended) {
            over = true;
        } finally {
            work.ended();
        }
    }

    /**
     * Runs a pass.
     *
     * <p>Only the election decides whether the term is over. A pass can also be refused because its
     * connection leads to a former primary that was frozen and knows only earlier terms. The loop
     * must survive that, because the term lasts and no other loop does its work.
     *
     * @return how long to rest after it
     */
    private Duration rest() throws InterruptedException {
        try {
            var rest = work.pass();
            backOff = FIRST_BACK_OFF;
            return rest;
        } catch (Deposed refused) {
            var rest = longerBackOff();
            LOG.info(
                    "{}: {} in this database; the next pass follows in {} ms unless the term ends",
                    name,
                    refused.getMessage(),
                    rest.toMillis());
            return rest;
        } catch (RuntimeException | Error failure) {
            var rest = longerBackOff();
            LOG.warn(
                    "{}: the pass failed and will be retried in {} ms at the latest: {}",
                    name,
                    rest.toMillis(),
                    failure.toString(),
                    rest.equals(FIRST_BACK_OFF) ? failure : null); // the stack, once in a row
            return rest;
        }
    }

    private Duration longerBackOff() {
        var rest = backOff;
        backOff = shorter(backOff.multipliedBy(2), LONGEST_BACK_OFF);
        return rest;
    }

    /**
     * Returns how long the loop rests even if it is woken: twice as long as the pass took, but 500
     * ms at most. If events wake the loop all the time, this pause leaves time for the work that
     * causes the events.
     */
    private static Duration breath(long passNanos) {
        return shorter(Duration.ofNanos(2 * passNanos), LONGEST_BREATH);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
