package io.autoserve.model;

import org.jspecify.annotations.Nullable;

/**
 * A standby: a database that streams from the primary.
 *
 * @param state {@code startup}, {@code catchup}, {@code streaming}, {@code backup}, {@code
 *     stopping}, or {@code unknown} if the database user may not see the state
 * @param lagBytes number of bytes that the primary has written and that are not yet visible on this
 *     database; null if unknown
 */
public record Replica(String name, String state, @Nullable Long lagBytes) {

    public boolean streams() {
        return state.equals("streaming");
    }
}
