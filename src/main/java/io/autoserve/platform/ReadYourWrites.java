package io.autoserve.platform;

import io.autoserve.events.View;
import io.vertx.core.Future;
import java.time.Duration;

/** Delays the answer to a write until this controller's view includes the write. */
public record ReadYourWrites(View view) {
    /**
     * The longest delay. A view that is further behind has lost its connection to the database, so
     * the write is answered without waiting for the view.
     */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    /**
     * Returns a future that completes with {@code done} once the view has seen the event {@code
     * seq}, or after the longest delay.
     */
    <T> Future<T> showing(long seq, T done) {
        return Future.fromCompletionStage(view.reached(seq, LONGEST).handle((_, _) -> done));
    }
}
