package io.autoserve.cli;

import java.util.Optional;

/** Looks at an app after a write. A controller may not have heard of the write yet. */
final class Looks {
    private final Api api;
    private final AppView asked;
    private boolean known;

    /**
     * @param asked the app as the controller answered that did the write
     */
    Looks(Api api, AppView asked, Goal goal) {
        this.api = api;
        this.asked = asked;
        known = goal == Goal.GONE;
    }

    sealed interface Look {
        /**
         * @param app empty: it is gone
         */
        record Seen(Optional<AppView> app) implements Look {}

        /** The controller that answered has not heard of the write yet. */
        record Behind() implements Look {}
    }

    Look next() {
        var app = api.find("/api/v1/apps/" + asked.name()).map(AppView::of);
        return behind(app) ? new Look.Behind() : new Look.Seen(app);
    }

    /** A controller that follows learns of a write later than the one that answered it. */
    private boolean behind(Optional<AppView> app) {
        known |= app.isPresent();
        return app.map(it -> it.updatedAt().isBefore(asked.updatedAt())).orElse(!known);
    }
}
