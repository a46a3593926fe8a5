package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The recorded state of a schedule of an app.
 *
 * @param name name of the schedule in the spec
 * @param suspendedBy name of the user who suspended the schedule; null while it is not suspended
 * @param handledUntil the last due time that was started or skipped, or when the schedule was
 *     added, changed or resumed. Due times until then are never started again
 */
public record ScheduleStatus(String name, @Nullable String suspendedBy, Instant handledUntil) {
    public boolean suspended() {
        return suspendedBy != null;
    }
}
