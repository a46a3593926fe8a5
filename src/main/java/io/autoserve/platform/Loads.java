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

/** Reports the load of apps, and how the autoscaler decides by it. */
public interface Loads {
    Future<ScalingReport> scaling(App app);

    /**
     * Returns the load of an app.
     *
     * @param since the start of the history; null for the last minutes
     * @param step length of the steps of the history, at least 10 seconds
     */
    Future<AppLoad> load(App app, @Nullable Instant since, Duration step);

    /** Returns the load of all apps in the last minutes. */
    Future<Overview> overview();

    /**
     * @param latest null before the first decision
     * @param heldUntil when the number that an operator scaled to expires; null if none is held
     * @param changes the decisions that changed the number, newest first
     */
    record ScalingReport(
            @Nullable Decision latest, @Nullable Instant heldUntil, List<Decision> changes) {}

    /**
     * @param now the present load of the app
     * @param revisions by number
     * @param instances by id
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
     * @param apps by id, oldest first
     */
    record Overview(Instant until, Duration step, int steps, Map<Long, List<LoadSummary>> apps) {}
}
