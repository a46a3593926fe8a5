package io.autoserve.platform;

import io.autoserve.events.View;
import io.vertx.core.Future;
import java.time.Duration;

/** Delays the answer of a write until this controller's view shows it. */
public record ReadYourWrites(View view) {
    /**
     * The longest delay. A view that is further behind has lost its connection to the database, so
     * the write is answered without waiting for the view.
     */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    /** Returns a future of {@code done}. It completes once the view has seen the event. */
    <T> Future<T> showing(long seq, T done) {
        return Future.fromCompletionStage(view.reached(seq, LONGEST).handle((_, _) -> done));
    }
}
