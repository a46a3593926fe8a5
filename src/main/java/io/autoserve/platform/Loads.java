package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.Decision;
import io.autoserve.model.LoadSummary;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reports the load of apps, and the decisions that the autoscaler bases on it. */
public interface Loads {
    Future<ScalingReport> scaling(App app);

    /**
     * Returns the load of an app.
     *
     * @param since the start of the history; null for the last ten minutes
     * @param step length of the steps of the history, at least 10 seconds
     */
    Future<AppLoad> load(App app, @Nullable Instant since, Duration step);

    /** Returns the load of all apps in the last ten minutes. */
    Future<Overview> overview();

    /**
     * @param latest the autoscaler's last decision; null before the first one
     * @param heldUntil time until which the autoscaler keeps the number that an operator set; null
     *     if there is no such number
     * @param changes the decisions that changed the number, newest first
     */
    record ScalingReport(
            @Nullable Decision latest, @Nullable Instant heldUntil, List<Decision> changes) {}

    /**
     * @param now the present load of the app
     * @param revisions the present load of each revision, by its number
     * @param instances the present load of each instance, by its id
     * @param history the load of the app, oldest first
     */
    record AppLoad(
            LoadSummary now,
            Map<Integer, LoadSummary> revisions,
            Map<Long, LoadSummary> instances,
            List<LoadSummary> history) {}

    /**
     * @param until end of the last step
     * @param steps the number of steps; steps without a sample are missing in {@code apps}
     * @param apps the load of each app by the app's id; the steps of an app are oldest first
     */
    record Overview(Instant until, Duration step, int steps, Map<Long, List<LoadSummary>> apps) {}
}
