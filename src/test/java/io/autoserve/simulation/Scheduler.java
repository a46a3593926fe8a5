package io.autoserve.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs the threads and timers of simulated processes, one at a time, on the thread that calls
 * {@link #run}. A seed chooses which thread runs next. A thread runs until it waits. Simulated time
 * moves only when no thread can run, to the next timer.
 *
 * <p>A thread may wait in any way that has no timeout. Pauses and timeouts must go through the
 * {@link io.autoserve.time.Time} of its process, because the JDK's own ones use the real time.
 */
public final class Scheduler {
    /**
     * Most steps without any progress of the simulated time. More than this means that threads wake
     * each other forever.
     */
    private static final long MOST_STEPS_AT_ONCE = 2_000_000;

    private final SplittableRandom seeds;
    private final SplittableRandom choices;
    private final List<Step> runnable = new ArrayList<>();
    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
    private final Queue<String> strangers = new ConcurrentLinkedQueue<>();
    private @Nullable Thread carrier;
    private @Nullable Throwable failure;
    private Runnable afterEachStep = () -> {};
    private long nanos;
    private long arrivals;
    private long steps;
    private long stepsAtOnce;
    private long trace = 1;

    /** A part of a thread that can run now. */
    private record Step(SimulatedProcess process, Runnable work) {}

    /**
     * @param seed decides the order of all steps, and everything that {@link #chance} returns
     */
    public Scheduler(long seed) {
        var root = new SplittableRandom(seed);
        this.seeds = root.split();
        this.choices = root.split();
    }

    /**
     * Returns a new source of random numbers. Each part of the simulation has one of its own, so
     * that one part does not change what the others get.
     */
    public RandomGenerator chance() {
        return seeds.split();
    }

    /** Creates a process without threads. */
    public SimulatedProcess process(String name) {
        return new SimulatedProcess(this, name, seeds.nextLong() >> 2); // never overflows
    }

    /** Calls this check after each step. It may throw, which ends the run. */
    public void afterEachStep(Runnable check) {
        afterEachStep = check;
    }

    /** Returns the simulated time since the begin, in nanoseconds. */
    public long nanos() {
        return nanos;
    }

    /** Returns how many steps have run. */
    public long steps() {
        return steps;
    }

    /** Returns a number that is equal for runs with equal steps. */
    public long trace() {
        return trace;
    }

    /**
     * Runs everything that happens in this simulated time.
     *
     * @throws AssertionError if a thread ended with an error, if a thread outside of the simulation
     *     woke one of its threads, or if the simulated time makes no progress
     */
    public void run(Duration length) {
        var end = nanos + length.toNanos();
        carrier = Thread.currentThread();
        while (advance(end)) {
            step();
        }
    }

    /** Returns whether this is the thread that runs the simulation, or may still become it. */
    boolean isCarrier(Thread thread) {
        return carrier == null || carrier == thread;
    }

    /** Lets time pass until a step can run. Returns false if none can run before the end. */
    private boolean advance(long end) {
        while (true) {
            ringDue();
            if (!runnable.isEmpty()) {
                return true;
            }
            refuseStrangers();
            var next = alarms.peek();
            if (next == null || next.at > end) {
                nanos = end;
                return false;
            }
            nanos = next.at;
            stepsAtOnce = 0;
        }
    }

    /** Rings all alarms that are due, so that the seed decides among all threads that they wake. */
    private void ringDue() {
        for (var next = alarms.peek(); next != null && next.at <= nanos; next = alarms.peek()) {
            alarms.remove();
            if (!next.cancelled) {
                next.process.due(next);
            }
        }
    }

    private void step() {
        var next = chosen();
        steps++;
        trace = 31 * (31 * trace + nanos) + next.process.name().hashCode();
        next.work.run();
        refuseStrangers();
        if (failure != null) {
            throw new AssertionError("a simulated thread failed: " + failure, failure);
        }
        if (++stepsAtOnce > MOST_STEPS_AT_ONCE) {
            throw new AssertionError(
                    "%d steps ran without any progress of the simulated time, the last one in %s"
                            .formatted(stepsAtOnce, next.process.name()));
        }
        afterEachStep.run();
    }

    private Step chosen() {
        var index = runnable.size() == 1 ? 0 : choices.nextInt(runnable.size());
        var last = runnable.removeLast();
        return index == runnable.size() ? last : runnable.set(index, last);
    }

    /**
     * Fails if a thread outside of the simulation has made a simulated thread runnable. The moment
     * of that depends on the real time, so the run could not be repeated.
     */
    private void refuseStrangers() {
        var stranger = strangers.poll();
        if (stranger != null) {
            throw new AssertionError(
                    "the thread '%s' woke a simulated thread, so the run cannot be repeated: let the code wait through Time"
                            .formatted(stranger));
        }
    }

    /** Makes a part of a thread runnable. The thread may belong to a process that is frozen. */
    void submit(SimulatedProcess process, Runnable work) {
        runnable.add(new Step(process, work));
    }

    /** Records that this thread, which is not simulated, has woken a simulated one. */
    void stranger(Thread thread) {
        strangers.add(thread.getName());
    }

    void failed(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /** Takes all steps of the process out of the queue, in their order. */
    List<Runnable> withdraw(SimulatedProcess process) {
        var withdrawn =
                runnable.stream().filter(step -> step.process == process).map(Step::work).toList();
        runnable.removeIf(step -> step.process == process);
        return withdrawn;
    }

    /**
     * Lets the process call {@code ring} when this time has passed. It runs outside of any thread,
     * so it must only wake a thread or start one.
     */
    Alarm alarm(SimulatedProcess process, long afterNanos, Runnable ring) {
        var alarm = new Alarm(process, nanos + Math.max(0, afterNanos), arrivals++, ring);
        alarms.add(alarm);
        return alarm;
    }

    /** A timer that has not rung. */
    static final class Alarm implements Comparable<Alarm> {
        private final SimulatedProcess process;
        private final long at;
        private final long arrival;
        private final Runnable ring;
        private boolean cancelled;

        private Alarm(SimulatedProcess process, long at, long arrival, Runnable ring) {
            this.process = process;
            this.at = at;
            this.arrival = arrival;
            this.ring = ring;
        }

        @Override
        public int compareTo(Alarm other) {
            var order = Long.compare(at, other.at);
            return order == 0 ? Long.compare(arrival, other.arrival) : order;
        }

        void ring() {
            if (!cancelled) {
                ring.run();
            }
        }

        void cancel() {
            cancelled = true;
        }
    }
}
