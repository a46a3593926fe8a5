package io.autoserve.cli.wait;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import java.util.Optional;

/** Reads an app from a controller after a write, and recognizes answers from before the write. */
final class Looks {
    private final Api api;
    private final AppView asked;
    private boolean known;

    /**
     * @param asked the app in the controller's answer to the write
     */
    Looks(Api api, AppView asked, Goal goal) {
        this.api = api;
        this.asked = asked;
        known = goal == Goal.GONE;
    }

    sealed interface Look {
        /**
         * @param app empty if the app is gone
         */
        record Seen(Optional<AppView> app) implements Look {}

        /** The controller that answered has not read the write from the database yet. */
        record Behind() implements Look {}
    }

    Look next() {
        var app = api.find("/api/v1/apps/" + asked.name()).map(AppView::of);
        return behind(app) ? new Look.Behind() : new Look.Seen(app);
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
