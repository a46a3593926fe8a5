package io.autoserve.apps;

import com.netflix.concurrency.limits.limit.VegasLimit;
import io.autoserve.time.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * Decides how many actions the engine works on at a time. There is one object for each engine, and
 * it outlives the terms of its controller.
 *
 * <p>The limit follows the engine. It grows while simultaneous starts take no longer than a single
 * start, and shrinks when starts begin to wait for each other inside the engine. This is the rule
 * of TCP Vegas (Brakmo and Peterson 1995), as Netflix's library concurrency-limits implements it.
 * Starts and removals each have a lane, so that neither starves the other.
 *
 * <p>An action whose answer is late keeps its turn, because the engine still works on it. If late
 * actions hold every turn of a lane, one further action may run at a time. It must belong to an app
 * that has no late action. So if a volume or a network of one app hangs, the other apps still get
 * turns. If an answer never comes, actions get no turn for up to half a second. This time doubles
 * with each further missing answer, up to 30 s.
 */
final class EngineTurns {
    /**
     * The limit before any start was measured. It is low, so that the first starts show how fast
     * the engine is.
     */
    private static final int FIRST_LIMIT = 4;

    /** The limit never falls below two, so that one start that hangs does not block all others. */
    private static final int SMALLEST_LIMIT = 2;

    private static final int LARGEST_LIMIT = 64;

    /** The limit grows by one if fewer than this many starts wait inside the engine. */
    private static final int LEAST_INSIDE = 3;

    /** The limit shrinks by one if more than this many starts wait inside the engine. */
    private static final int MOST_INSIDE = 6;

    /**
     * Turns off the library's own renewal of its measure, which is the duration of the shortest
     * start so far. The library would take the duration of some later start. That may include the
     * wait for other starts, which the library would mistake for the engine's own time.
     */
    private static final int NEVER = Integer.MAX_VALUE;

    /**
     * The library's measure is used for this long. Then the next start that runs alone replaces it.
     */
    private static final Duration MEASURE_KEPT = Duration.ofMinutes(10);

    /**
     * The duration that is recorded for a start without an answer. It is longer than any start, so
     * that a missing answer never becomes the measure.
     */
    private static final long ENDLESS = Long.MAX_VALUE;

    /**
     * Maximum number of simultaneous removals, including stops that only wait for a program to end.
     * Such a stop does not count towards the lane's limit, but it holds a connection to the engine.
     */
    private static final int MOST_REMOVALS = 128;

    private static final Duration FIRST_REST = Duration.ofMillis(500);
    private static final Duration LONGEST_REST = Duration.ofSeconds(30);

    /**
     * A start counts as late after four times the recent average duration of a start, but never
     * earlier than this.
     */
    private static final Duration EARLIEST_LATE = Duration.ofSeconds(10);

    private static final int LATE_TIMES = 4;
    private static final double NEWEST = 0.2; // weight in the moving average

    private final Time time;
    private final RandomGenerator random;
    private final Executor threads;
    private final Runnable freed;
    private final Map<Lane, List<Turn>> taken = new EnumMap<>(Lane.class);
    private VegasLimit limit = follow(FIRST_LIMIT);
    private long measuredAt;
    private double usualNanos;
    private int unanswered;
    private long restBegan;
    private long restsUntil;

    enum Lane {
        STARTS,
        REMOVALS
    }

    /**
     * @param threads runs tasks on virtual threads
     * @param freed called when a turn may have become available, on any thread
     */
    EngineTurns(Time time, RandomGenerator random, Executor threads, Runnable freed) {
        this.time = time;
        this.random = random;
        this.threads = threads;
        this.freed = freed;
        var now = time.nanoTime();
        this.restBegan = now - 1; // earlier than every turn
        this.restsUntil = now;
        this.measuredAt = now;
        for (var lane : Lane.values()) {
            taken.put(lane, new ArrayList<>());
        }
    }

    private static VegasLimit follow(int limit) {
        return VegasLimit.newBuilder()
                .initialLimit(limit)
                .maxConcurrency(LARGEST_LIMIT)
                .alpha(LEAST_INSIDE)
                .beta(MOST_INSIDE)
                .thresholdFunction(_ -> 0)
                .increaseFunction(before -> before + 1)
                .decreaseFunction(before -> before - 1)
                .probeMultiplier(NEVER)
                .build();
    }

    /** Returns how many actions of each lane the engine may work on at a time. */
    synchronized int limit() {
        return Math.max(SMALLEST_LIMIT, limit.getLimit());
    }

    /** Returns how many actions of this lane the engine works on now, by app. */
    synchronized Map<String, Integer> inHand(Lane lane) {
        var byApp = new HashMap<String, Integer>();
        counted(lane).forEach(turn -> byApp.merge(turn.app, 1, Integer::sum));
        return byApp;
    }

    /** Returns how long a start may take before it counts as late. */
    synchronized Duration lateAfter() {
        var usual = Duration.ofNanos((long) (LATE_TIMES * usualNanos));
        return usual.compareTo(EARLIEST_LATE) > 0 ? usual : EARLIEST_LATE;
    }

    /** Returns a turn for one action of the app, or empty if the action has to wait. */
    synchronized Optional<Turn> take(Lane lane, String app) {
        if (restsUntil - time.nanoTime() > 0 || !admits(lane, app)) {
            return Optional.empty();
        }
        var turn = new Turn(lane, app, counted(lane).size() + 1);
        turns(lane).add(turn);
        return Optional.of(turn);
    }

    private boolean admits(Lane lane, String app) {
        var inHand = counted(lane);
        var late = inHand.stream().filter(turn -> turn.late).toList();
        if (turns(lane).size() >= MOST_REMOVALS) {
            return false;
        }
        return inHand.size() < limit()
                || (late.size() == inHand.size()
                        && late.stream().noneMatch(turn -> turn.app.equals(app)));
    }

    private List<Turn> counted(Lane lane) {
        return turns(lane).stream().filter(turn -> !turn.waitsForApp).toList();
    }

    private List<Turn> turns(Lane lane) {
        return taken.getOrDefault(lane, List.of());
    }

    private void later(Duration delay) {
        time.after(delay, threads, freed);
    }

    /** The turn of one action. The engine works on the action until the turn ends. */
    final class Turn {
        private final Lane lane;
        private final String app;
        private final int beside;
        private final long since = time.nanoTime();
        private boolean late;
        private boolean answered;
        private boolean waitsForApp;
        private boolean programEnded;
        private boolean ended;

        private Turn(Lane lane, String app, int beside) {
            this.lane = lane;
            this.app = app;
            this.beside = beside;
        }

        Duration age() {
            return Duration.ofNanos(time.nanoTime() - since);
        }

        /**
         * Records that the engine created and started a new container.
         *
         * @param took time that the engine alone needed
         */
        void started(Duration took) {
            synchronized (EngineTurns.this) {
                usualNanos =
                        usualNanos == 0
                                ? took.toNanos()
                                : (1 - NEWEST) * usualNanos + NEWEST * took.toNanos();
                measure();
                limit.onSample(since, Math.max(1, took.toNanos()), beside, false);
            }
            answered();
        }

        /**
         * Replaces the measure from time to time. The shortest start ever is no longer the right
         * measure once the engine is slower or runs other apps.
         */
        private void measure() {
            var now = time.nanoTime();
            if (beside == 1 && now - measuredAt > MEASURE_KEPT.toNanos()) {
                measuredAt = now;
                limit = follow(limit.getLimit());
            }
        }

        /** Records that the engine answered, with a success or an error. */
        void answered() {
            synchronized (EngineTurns.this) {
                answered = true;
                late = false;
                unanswered = 0;
            }
        }

        /**
         * Records that the answer is late. The limit shrinks, and the action keeps its turn.
         *
         * @return false if the engine has answered or the turn has ended
         */
        boolean late() {
            synchronized (EngineTurns.this) {
                if (ended || answered) {
                    return false;
                }
                late = true;
                limit.onSample(since, ENDLESS, beside, true);
            }
            freed.run();
            return true;
        }

        /**
         * Records that the connection broke or that the engine could not be reached. After that,
         * actions get no turn for up to 30 s.
         */
        void unanswered() {
            Duration rest;
            synchronized (EngineTurns.this) {
                var now = time.nanoTime();
                limit.onSample(since, ENDLESS, beside, true);
                if (since - restBegan <= 0) {
                    return; // this failure of the engine has been counted already
                }
                var longest =
                        Math.min(
                                FIRST_REST.toNanos() << Math.min(unanswered++, 10),
                                LONGEST_REST.toNanos());
                rest = Duration.ofNanos(random.nextLong(longest / 2, longest + 1));
                restBegan = now;
                restsUntil = now + rest.toNanos();
            }
            later(rest);
        }

        /**
         * Sets whether the action only waits for the container's program to end, so that the engine
         * has nothing to do. {@code false} means that the engine works again.
         */
        void waitsForApp(boolean whether) {
            synchronized (EngineTurns.this) {
                programEnded |= !whether;
                waitsForApp = !programEnded;
            }
            freed.run();
        }

        /** Returns whether the engine's answer is late. */
        boolean isLate() {
            synchronized (EngineTurns.this) {
                return late;
            }
        }

        /** Gives the turn back. May be called more than once. */
        void end() {
            synchronized (EngineTurns.this) {
                if (ended) {
                    return;
                }
                ended = true;
                turns(lane).remove(this);
            }
            freed.run();
        }
    }
}
