package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.ScheduledMinimum;
import io.autoserve.plan.DueTimes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Decides how many instances the schedule of a policy asks for at a time. Of several times, the
 * highest number counts, as with the cron scalers of KEDA.
 */
public final class ScheduledMinimums {
    private ScheduledMinimums() {}

    /** Returns the policy with the number of instances that it has at least now. */
    public static Scaling at(Scaling policy, DueTimes times, Instant now) {
        var least =
                policy.schedule().stream()
                        .filter(time -> isNow(time, times, now))
                        .mapToInt(ScheduledMinimum::minReplicas)
                        .max()
                        .orElse(0);
        return policy.atLeast(least);
    }

    /** Returns whether the time has begun, so that its end comes before its next start. */
    private static boolean isNow(ScheduledMinimum time, DueTimes times, Instant now) {
        // Cron knows no seconds, so the answers are the same for a whole minute and can be kept.
        var minute = now.truncatedTo(ChronoUnit.MINUTES);
        try {
            var end = times.next(time.end(), time.timeZone(), minute);
            var start = times.next(time.start(), time.timeZone(), minute);
            return end.isPresent() && (start.isEmpty() || end.get().isBefore(start.get()));
        } catch (IllegalArgumentException unreadable) {
            return false; // valid when the spec was applied, but this version cannot read it
        }
    }
}
