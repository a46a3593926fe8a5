package io.autoserve.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * A clock that stands still until a test moves it. Each move runs the tasks that become due. Only
 * one thread may use it.
 */
public final class MovedClock implements InstantSource {

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparing(Task::at).thenComparingLong(Task::number));
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long number;

    @Override
    public Instant instant() {
        return now;
    }

    /** Moves the clock. Each task sees the time at which it was due. */
    public void advance(Duration duration) {
        var target = now.plus(duration);
        for (var task = tasks.peek(); task != null; task = tasks.peek()) {
            if (task.at().isAfter(target)) {
                break;
            }
            tasks.remove();
            now = task.at();
            task.action().run();
        }
        now = target;
    }

    /**
     * @return an action that cancels the task
     */
    public Runnable after(Duration delay, Runnable action) {
        var task = new Task(now.plus(delay), number++, action);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    private record Task(Instant at, long number, Runnable action) {}
}
