package io.autoserve.cli;

import java.util.Optional;

/**
 * Looks at an app after a write. A controller that does not answer, or has not heard of the write
 * yet, says nothing about it.
 */
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
        /** How it is, for who gives up. */
        String state();

        /**
         * @param app empty: it is gone
         */
        record Seen(Optional<AppView> app) implements Look {
            @Override
            public String state() {
                return app.map(AppView::reason).orElse("the app is gone");
            }
        }

        /**
         * @param word the same in few words
         */
        record Nothing(String word, String state) implements Look {}
    }

    Look next() {
        try {
            var app = api.find("/api/v1/apps/" + asked.name()).map(AppView::of);
            return behind(app)
                    ? new Look.Nothing("not heard of yet", "who answers has not heard of it")
                    : new Look.Seen(app);
        } catch (Failure failure) {
            if (failure.mayPass()) {
                return new Look.Nothing("no controller answers", failure.text());
            }
            throw failure;
        }
    }

    /** A controller that follows learns of a write later than the one that answered it. */
    private boolean behind(Optional<AppView> app) {
        known |= app.isPresent();
        return app.map(it -> it.updatedAt().isBefore(asked.updatedAt())).orElse(!known);
    }
}
