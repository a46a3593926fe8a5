package io.autoserve.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Something that happens to the platform from outside: a fault, or a request of an operator.
 *
 * @param at when it begins
 * @param target chooses among the things that it can happen to
 * @param lasts how long a fault lasts
 */
record Disturbance(Duration at, Kind kind, int target, Duration lasts) {
    /** Faults and requests come during this time. */
    static final Duration STORM = Duration.ofMinutes(2);

    /**
     * Nothing comes during this time after a storm. It is longer than every timeout and back-off.
     */
    static final Duration CALM = Duration.ofMinutes(3);

    /** Nothing comes before this time has passed. A storm begins with a repair. */
    private static final Duration FIRST = Duration.ofSeconds(20);

    /** A fault lasts at most this long. */
    private static final int LONGEST_SECONDS = 40;

    private static final int LEAST_PAUSE_MILLIS = 300;
    private static final int MOST_PAUSE_MILLIS = 8_000;

    enum Kind {
        CONTROLLER_FREEZES,
        CONTROLLER_DIES,
        CONTROLLER_IS_CUT_OFF,
        CLOCK_STEPS,
        DATABASE_CRASHES,
        DATABASE_FREEZES,
        DATABASE_IS_LOST,
        DATABASE_SPLITS,
        STANDBY_CRASHES,
        NOTIFICATIONS_FAIL,
        ENGINE_HANGS,
        ENGINE_FAILS,
        CONTAINER_ENDS,
        CONTAINER_IS_PAUSED,
        CONTAINER_VANISHES,
        CONTAINER_RESTARTS,
        NGINX_CRASHES,
        NGINX_IS_SILENT,
        APP_SCALES,
        APP_IS_APPLIED,
        APP_RESTARTS,
        APP_PAUSES,
        APP_RESUMES,
        APP_IS_UNDONE,
        APP_STOPS,
        APP_STARTS,
        ANOTHER_APP_HAS_TROUBLE
    }

    /** Returns storms with calms between them, as the seed chooses them, in their order. */
    static List<Disturbance> schedule(long seed, Duration length) {
        var chance = new SplittableRandom(seed);
        var schedule = new ArrayList<Disturbance>();
        var period = STORM.plus(CALM);
        for (var begin = Duration.ZERO;
                begin.plus(period).compareTo(length) <= 0;
                begin = begin.plus(period)) {
            var at = begin.plus(FIRST);
            while (at.compareTo(begin.plus(STORM)) < 0) {
                var lasts = Duration.ofMillis(500 + chance.nextInt(LONGEST_SECONDS * 1_000));
                schedule.add(
                        new Disturbance(
                                at,
                                Kind.values()[chance.nextInt(Kind.values().length)],
                                chance.nextInt(1_000),
                                lasts));
                at =
                        at.plusMillis(
                                LEAST_PAUSE_MILLIS
                                        + chance.nextInt(
                                                chance.nextInt(4) == 0
                                                        ? MOST_PAUSE_MILLIS
                                                        : MOST_PAUSE_MILLIS / 4));
            }
        }
        schedule.sort(Comparator.comparing(Disturbance::at));
        return List.copyOf(schedule);
    }

    @Override
    public String toString() {
        return "%s at %s, target %d, for %s".formatted(kind, at, target, lasts);
    }
}
