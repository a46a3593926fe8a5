package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A machine that runs instances. It is one Docker Engine, under the name that Docker gives it.
 *
 * @param drained whether the node gets no instances
 * @param since when {@code drained} was last changed; null if never
 * @param actor name of the user who last changed {@code drained}; null if never
 */
public record Node(String name, boolean drained, @Nullable Instant since, @Nullable String actor) {

    /** Returns a node that no operator has ever drained or uncordoned. */
    public static Node untouched(String name) {
        return new Node(name, false, null, null);
    }
}
