package io.autoserve.platform;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Knows what nginx does not serve of each app. Decides this once for each state of the view. */
public final class RouteConflicts {
    private final Function<Collection<App>, Map<String, List<String>>> decision;
    private volatile Decided latest = new Decided(null, Map.of());

    private record Decided(@Nullable Snapshot seen, Map<String, List<String>> byApp) {}

    /**
     * @param decision returns what is not served of each app with a conflict, by the app's name
     */
    public RouteConflicts(Function<Collection<App>, Map<String, List<String>>> decision) {
        this.decision = decision;
    }

    /** Returns what is not served of each app with a conflict, by the app's name. */
    Map<String, List<String>> in(Snapshot seen) {
        var decided = latest;
        if (decided.seen != seen) {
            decided = new Decided(seen, decision.apply(seen.apps()));
            latest = decided;
        }
        return decided.byApp;
    }
}
