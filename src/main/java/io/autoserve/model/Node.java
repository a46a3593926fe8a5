package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A machine that runs instances: an engine, by the name that it gives itself.
 *
 * @param drained no instance is to be on it
 * @param since when that was last changed; null: never
 * @param actor who changed it
 */
public record Node(String name, boolean drained, @Nullable Instant since, @Nullable String actor) {

    /** One that nobody has said anything about. */
    public static Node untouched(String name) {
        return new Node(name, false, null, null);
    }
}
