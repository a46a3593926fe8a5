package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Something to be done once, however often it is asked for: by a client that got no answer, or by
 * the load balancer, which turns to the next controller where one does not answer.
 *
 * @param asker who asks; keys of others are other keys
 * @param key what the asker calls it
 * @param content the same for the same
 * @param asked null: just now
 */
public record Errand(String asker, String key, String content, @Nullable Instant asked) {

    /** One of several things that are done for it, each on its own. */
    public Errand part(String name) {
        return new Errand(asker, key + "/" + name, content, asked);
    }
}
