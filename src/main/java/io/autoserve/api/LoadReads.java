package io.autoserve.api;

import io.autoserve.model.App;
import io.autoserve.model.LoadSummary;
import io.autoserve.platform.Loads.Overview;
import io.autoserve.platform.Platform;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers with the load of all apps at once. For each app and each step of time, it reports a few
 * figures.
 */
final class LoadReads {
    private final Platform platform;

    LoadReads(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of("readLoads", this::loads);
    }

    private record LoadList(Instant until, int stepSeconds, List<AppLoad> apps) {}

    /**
     * Each list has one entry per step, oldest first. An entry is null if nothing was measured in
     * its step.
     */
    private record AppLoad(
            String name,
            List<@Nullable Double> requestsPerSecond,
            List<@Nullable Double> errorsPerSecond,
            List<@Nullable Double> p95Ms) {

        static AppLoad of(App app, Overview loads) {
            var rate = nothing(loads.steps());
            var errors = nothing(loads.steps());
            var p95 = nothing(loads.steps());
            for (var summary : loads.apps().getOrDefault(app.id(), List.of())) {
                var step = step(summary, loads);
                if (step >= 0) {
                    rate.set(step, brief(summary.requestsPerSecond()));
                    errors.set(step, brief(summary.classesPerSecond().getLast()));
                    p95.set(step, brief(summary.p95Ms()));
                }
            }
            return new AppLoad(app.name(), rate, errors, p95);
        }

        private static List<@Nullable Double> nothing(int steps) {
            return new ArrayList<>(Collections.<@Nullable Double>nCopies(steps, null));
        }

        private static int step(LoadSummary summary, Overview loads) {
            var ago = Duration.between(summary.at(), loads.until()).dividedBy(loads.step());
            return loads.steps() - 1 - (int) ago;
        }

        /** Rounds to three decimal places, which are enough for any reader. */
        private static @Nullable Double brief(@Nullable Double figure) {
            return figure == null ? null : (Double) (Math.round(figure * 1000) / 1000.0);
        }
    }

    private void loads(Call call) {
        var apps = Reads.view(platform).apps();
        call.when(
                platform.loads().overview(),
                loads ->
                        call.json(
                                200,
                                new LoadList(
                                        loads.until(),
                                        (int) loads.step().toSeconds(),
                                        apps.stream()
                                                .filter(app -> call.caller().sees(app.name()))
                                                .map(app -> AppLoad.of(app, loads))
                                                .toList())));
    }
}
