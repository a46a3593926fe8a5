package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request with an idempotency key, which runs at most once. It may arrive again from a client
 * that got no answer, or from the load balancer, which asks the next controller if one does not
 * answer.
 *
 * @param asker who sent the request. The same key of another asker is a different key
 * @param key the asker's idempotency key
 * @param content what is asked for. It is the same for each attempt of one request
 * @param asked when the request was sent; null for just now
 */
public record IdempotentRequest(String asker, String key, String content, @Nullable Instant asked) {

    /** Returns a part of this request that runs at most once on its own. */
    public IdempotentRequest part(String name) {
        return new IdempotentRequest(asker, key + "/" + name, content, asked);
    }
}
