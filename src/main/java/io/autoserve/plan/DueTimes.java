package io.autoserve.plan;

import java.time.Instant;
import java.util.Optional;

/** Computes the times at which a schedule is due. Reads no clock. */
public interface DueTimes {

    /**
     * Returns the first due time after {@code after}; empty if there is none.
     *
     * @param cron five fields: minute, hour, day of month, month and day of week
     * @param timeZone name such as {@code Europe/Berlin}
     * @throws IllegalArgumentException if either is invalid, with a message for users
     */
    Optional<Instant> next(String cron, String timeZone, Instant after);
}
