package io.autoserve.cli.wait;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import java.util.Optional;

/** Reads an app from a controller after a write, and recognizes answers from before the write. */
final class AppReader {
    private final Api api;
    private final AppView asked;
    private boolean known;

    /**
     * @param asked the app in the controller's answer to the write
     */
    AppReader(Api api, AppView asked, Goal goal) {
        this.api = api;
        this.asked = asked;
        known = goal == Goal.GONE;
    }

    sealed interface AppReading {
        /**
         * @param app empty if the app is gone
         */
        record Fresh(Optional<AppView> app) implements AppReading {}

        /** The controller that answered has not read the write from the database yet. */
        record Outdated() implements AppReading {}
    }

    AppReading next() {
        var app = api.find("/api/v1/apps/" + asked.name()).map(AppView::of);
        return behind(app) ? new AppReading.Outdated() : new AppReading.Fresh(app);
    }

    /**
     * Returns whether the answer is from before the write. A follower learns of a write later than
     * the controller that did it.
     */
    private boolean behind(Optional<AppView> app) {
        known |= app.isPresent();
        return app.map(it -> it.updatedAt().isBefore(asked.updatedAt())).orElse(!known);
    }
}
