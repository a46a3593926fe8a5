package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Selects past events.
 *
 * @param app name of the app; null for all events, including those about no app
 * @param apps only events about these apps; a scope of all apps includes events about no app
 * @param type null for every type
 * @param actor null for every actor
 * @param after returns the first {@code limit} events after this seq; null for the newest {@code
 *     limit} events
 * @param since the time of the oldest event to return; null for no bound
 */
public record EventQuery(
        @Nullable String app,
        Scope apps,
        Event.@Nullable Type type,
        @Nullable String actor,
        @Nullable Long after,
        @Nullable Instant since,
        int limit) {

    /** Returns the query for the first {@code limit} events after {@code seq}. */
    public static EventQuery behind(long seq, int limit) {
        return new EventQuery(null, Scope.EVERYTHING, null, null, seq, null, limit);
    }
}
