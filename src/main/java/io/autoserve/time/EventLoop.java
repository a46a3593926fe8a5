package io.autoserve.time;

import java.time.Duration;

/** Runs tasks one at a time, in the order in which they become due. Tasks must not block. */
public interface EventLoop {

    /** Runs the task after those that are due already. May be called from any thread. */
    void run(Runnable task);

    /**
     * Runs the task once after a delay, in whole milliseconds and at least one. Must be called on
     * this event loop.
     *
     * @return an action that cancels the task unless it has begun. The action must run on this
     *     event loop
     */
    Runnable after(Duration delay, Runnable task);
}
