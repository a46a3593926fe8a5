package io.autoserve.runtime;

import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Decides when the next pull may begin, in the order in which the pulls arrived. A pull that takes
 * long, such as one from a registry that sends slowly, frees its turn before it ends. So many slow
 * registries cannot hold all turns.
 */
final class PullTurns {
    /** Maximum number of pulls at the same time that have not taken long yet. */
    static final int AT_ONCE = 8;

    /** Maximum number of pulls at the same time. */
    static final int AT_MOST = 64;

    private static final Optional<Duration> NOW = Optional.of(Duration.ZERO);
    private static final long UNTIL_NOTIFIED = Duration.ofHours(1).toMillis();

    private final Duration turn;
    private final LongSupplier nanoTime;
    private final List<Long> begun = new ArrayList<>(); // guarded by this
    private final Deque<Object> waiting = new ArrayDeque<>(); // guarded by this

    /**
     * @param turn time after which a pull frees its turn
     */
    PullTurns(Duration turn, LongSupplier nanoTime) {
        this.turn = turn;
        this.nanoTime = nanoTime;
    }

    /** Waits for a turn, then runs the pull. */
    void holding(Runnable pull) {
        var mine = enter();
        try {
            pull.run();
        } finally {
            leave(mine);
        }
    }

    /** Returns the time at which the turn began. */
    private synchronized long enter() {
        var ticket = new Object();
        waiting.add(ticket);
        try {
            for (var free = free(ticket); !free.equals(NOW); free = free(ticket)) {
                wait(free.map(Duration::toMillis).orElse(UNTIL_NOTIFIED) + 1);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new EngineException("a pull was stopped while it waited for its turn", stopped);
        } finally {
            waiting.remove(ticket);
            notifyAll();
        }
        var since = nanoTime.getAsLong();
        begun.add(since);
        return since;
    }

    private synchronized void leave(long since) {
        begun.remove(Long.valueOf(since));
        notifyAll();
    }

    /** Returns after which time this pull may begin if nothing else changes until then. */
    private Optional<Duration> free(Object ticket) {
        return ticket.equals(waiting.peek()) ? freeAfter(ages()) : Optional.empty();
    }

    private List<Duration> ages() {
        var now = nanoTime.getAsLong();
        return begun.stream().map(since -> Duration.ofNanos(now - since)).toList();
    }

    /**
     * Returns after which time the next pull may begin if no pull ends until then; zero if it may
     * begin now. Empty if it must wait until a pull ends.
     *
     * @param ages how long each pull under way has taken so far
     */
    Optional<Duration> freeAfter(Collection<Duration> ages) {
        if (ages.size() >= AT_MOST) {
            return Optional.empty();
        }
        var holding = ages.stream().filter(age -> age.compareTo(turn) < 0).sorted().toList();
        return Optional.of(
                holding.size() < AT_ONCE ? Duration.ZERO : turn.minus(holding.get(AT_ONCE - 1)));
    }
}
