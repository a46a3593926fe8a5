package io.autoserve.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Decides when the next attempt to connect to a database may begin, and how long it may take. It is
 * a circuit breaker. After a failure the gate is shut for a pause that grows with each failure, and
 * then it lets one attempt through.
 *
 * <p>An attempt that was cut off has cost the database nearly as much as one that succeeded. The
 * deadline is therefore at least twice as long as the slowest of the latest successful attempts,
 * and doubles each time it is missed.
 *
 * <p>The circuit breakers of resilience4j and Failsafe let several attempts through at the same
 * time and know no deadline that adapts, so that most of this class would still be needed.
 *
 * @param failures number of failures since the last success
 * @param opensAt monotonic time from which an attempt may begin, in nanoseconds
 * @param patience the deadline as far as missed deadlines determine it
 * @param latest durations of the latest successful attempts
 * @param reason why the last attempt failed; empty if it succeeded
 */
record DatabaseGate(
        int failures, long opensAt, Duration patience, List<Duration> latest, String reason) {
    /** The shortest deadline. */
    static final Duration SHORTEST = Duration.ofSeconds(2);

    /** The longest deadline. */
    static final Duration LONGEST = Duration.ofSeconds(30);

    private static final int REMEMBERED = 8;

    DatabaseGate {
        latest = List.copyOf(latest);
    }

    static DatabaseGate open(long now) {
        return new DatabaseGate(0, now, SHORTEST, List.of(), "");
    }

    boolean isOpen(long now) {
        return now - opensAt >= 0; // subtracted, since System.nanoTime() may overflow
    }

    /** Returns how long the next attempt may take. */
    Duration deadline() {
        var slowest = latest.stream().reduce(Duration.ZERO, DatabaseGate::longer);
        return shorter(longer(patience, slowest.multipliedBy(2)), LONGEST);
    }

    DatabaseGate succeeded(Duration took, long now) {
        var durations = new ArrayList<>(latest);
        durations.add(took);
        var forgotten = Math.max(0, durations.size() - REMEMBERED);
        return new DatabaseGate(
                0,
                now,
                longer(SHORTEST, patience.dividedBy(2)),
                durations.subList(forgotten, durations.size()),
                "");
    }

    DatabaseGate failed(
            String reason, ExponentialBackoff backoff, RandomGenerator random, long now) {
        var pause = backoff.pause(failures + 1, random);
        return new DatabaseGate(failures + 1, now + pause.toNanos(), patience, latest, reason);
    }

    /** Returns the gate after an attempt that was cut off, which is a failure too. */
    DatabaseGate missed(
            String reason, ExponentialBackoff backoff, RandomGenerator random, long now) {
        return withLongerDeadline().failed(reason, backoff, random, now);
    }

    /** Returns the same gate with twice the deadline, but at most the longest one. */
    DatabaseGate withLongerDeadline() {
        var next = shorter(deadline().multipliedBy(2), LONGEST);
        return new DatabaseGate(failures, opensAt, next, latest, reason);
    }

    /** Returns the gate after another path has reached the database. */
    DatabaseGate opened(long now) {
        return new DatabaseGate(0, now, patience, latest, "");
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
