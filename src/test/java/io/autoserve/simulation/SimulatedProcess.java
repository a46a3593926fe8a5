package io.autoserve.simulation;

import io.autoserve.time.EventLoop;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A process of the simulation, such as a controller or a database. It has clocks and threads of its
 * own. While it is frozen, none of its threads runs and its timers wait. Once it is dead, none of
 * its threads runs again.
 */
public final class SimulatedProcess implements Time {
    /** The time of day at which every simulation begins. */
    public static final Instant BEGIN = Instant.parse("2026-03-01T12:00:00Z");

    private final Scheduler scheduler;
    private final String name;
    private final long firstNano;
    private final List<Runnable> held = new ArrayList<>();
    private Duration clockError = Duration.ZERO;
    private State state = State.RUNNING;

    private enum State {
        RUNNING,
        FROZEN,
        DEAD
    }

    SimulatedProcess(Scheduler scheduler, String name, long firstNano) {
        this.scheduler = scheduler;
        this.name = name;
        this.firstNano = firstNano;
    }

    public String name() {
        return name;
    }

    /** Stops all threads and timers where they are, like SIGSTOP. */
    public void freeze() {
        if (state == State.RUNNING) {
            state = State.FROZEN;
            held.addAll(scheduler.withdraw(this));
        }
    }

    /** Continues after {@link #freeze}. Timers that were due meanwhile ring at once. */
    public void thaw() {
        if (state == State.FROZEN) {
            state = State.RUNNING;
            var due = List.copyOf(held);
            held.clear();
            due.forEach(work -> scheduler.submit(this, work));
        }
    }

    /** Ends the process for good, like SIGKILL. */
    public void kill() {
        state = State.DEAD;
        held.clear();
        var _ = scheduler.withdraw(this);
    }

    public boolean isFrozen() {
        return state == State.FROZEN;
    }

    public boolean isAlive() {
        return state != State.DEAD;
    }

    /** Returns the time of day as this process sees it, with microsecond precision. */
    public InstantSource clock() {
        return () ->
                BEGIN.plusNanos(scheduler.nanos()).plus(clockError).truncatedTo(ChronoUnit.MICROS);
    }

    /** Sets the time of day forward or back by this much. */
    public void step(Duration by) {
        clockError = clockError.plus(by);
    }

    /** Returns an executor that starts a virtual thread for each task. */
    public Executor threads() {
        return task -> start("task", task);
    }

    /** Returns a new event loop of this process. */
    public EventLoop loop() {
        return new Loop();
    }

    @Override
    public long nanoTime() {
        return firstNano + scheduler.nanos();
    }

    /** An error of the task ends the run of the simulation, unless the process is dead. */
    @Override
    public void start(String threadName, Runnable task) {
        if (state != State.DEAD) {
            VirtualThreads.create(this::execute, name + " " + threadName, () -> attempt(task))
                    .start();
        }
    }

    /** Runs a task that never waits, as on an event loop. It needs no thread of its own. */
    public void soon(Runnable task) {
        execute(() -> attempt(task));
    }

    private void attempt(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) {
            scheduler.failed(failure);
        }
    }

    /** Receives a part of one of this process's threads that can run now. */
    private void execute(Runnable part) {
        var current = Thread.currentThread();
        if (!current.isVirtual() && !scheduler.isCarrier(current)) {
            scheduler.stranger(current);
            return;
        }
        switch (state) {
            case RUNNING -> scheduler.submit(this, part);
            case FROZEN -> held.add(part);
            case DEAD -> {}
        }
    }

    @Override
    public void pause(Duration length) throws InterruptedException {
        var over = new Semaphore(0);
        var _ = alarm(length.toNanos(), over::release);
        over.acquire();
    }

    @Override
    public boolean rest(Semaphore wakes, Duration longest) throws InterruptedException {
        if (wakes.tryAcquire()) {
            return true;
        }
        var over = new AtomicBoolean();
        var alarm =
                alarm(
                        truncated(longest),
                        () -> {
                            if (wakes.availablePermits() == 0) {
                                over.set(true);
                                wakes.release();
                            }
                        });
        try {
            wakes.acquire();
        } finally {
            alarm.cancel();
        }
        return !over.get();
    }

    @Override
    public void after(Duration delay, Executor threads, Runnable task) {
        var _ = alarm(delay.toNanos(), () -> threads.execute(task));
    }

    @Override
    public <T> Future<T> within(Duration patience, Future<T> answer) {
        var promise = Promise.<T>promise();
        var alarm =
                alarm(
                        truncated(patience),
                        () ->
                                soon(() ->
                                        promise.tryFail(
                                                new TimeoutException(
                                                        "no answer within " + patience))));
        answer.onComplete(result -> {
            alarm.cancel();
            if (result.succeeded()) {
                promise.tryComplete(result.result());
            } else {
                promise.tryFail(result.cause());
            }
        });
        return promise.future();
    }

    /**
     * Calls {@code ring} when this time has passed, but not before this process is thawed, and
     * never if it is dead then. The call must only wake a thread or start one.
     */
    Scheduler.Alarm alarm(long afterNanos, Runnable ring) {
        return scheduler.alarm(this, afterNanos, ring);
    }

    /** Receives a timer of this process whose time has come. */
    void due(Scheduler.Alarm alarm) {
        switch (state) {
            case RUNNING -> alarm.ring();
            case FROZEN -> held.add(alarm::ring); // it may be cancelled before the thaw
            case DEAD -> {}
        }
    }

    /** Returns the duration in nanoseconds, without its fraction of a millisecond. */
    private static long truncated(Duration duration) {
        return duration.truncatedTo(ChronoUnit.MILLIS).toNanos();
    }

    /** An event loop, whose tasks never wait. */
    private final class Loop implements EventLoop {
        private final Queue<Runnable> due = new ArrayDeque<>();
        private boolean busy;

        @Override
        public void run(Runnable task) {
            due.add(task);
            if (!busy) {
                busy = true;
                soon(this::runDue);
            }
        }

        private void runDue() {
            for (var next = due.poll(); next != null; next = due.poll()) {
                next.run();
            }
            busy = false;
        }

        @Override
        public Runnable after(Duration delay, Runnable task) {
            var cancelled = new AtomicBoolean();
            var alarm =
                    alarm(
                            truncated(delay),
                            () ->
                                    run(() -> {
                                        if (!cancelled.get()) {
                                            task.run();
                                        }
                                    }));
            return () -> {
                cancelled.set(true);
                alarm.cancel();
            };
        }
    }
}
