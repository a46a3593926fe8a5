package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A request with an idempotency key, which runs at most once. It may arrive again from a client
 * that got no answer, or from the load balancer, which sends it to another controller if the first
 * does not answer.
 *
 * @param asker the client that sent the request. Another client may use the same key for another
 *     request
 * @param key the client's idempotency key
 * @param content what the request asks for. It is the same in each attempt of one request
 * @param asked when the request was sent; null if it was sent just now
 */
public record IdempotentRequest(String asker, String key, String content, @Nullable Instant asked) {

    /**
     * Returns one part of this request. The part has its own idempotency key, so it runs at most
     * once.
     */
    public IdempotentRequest part(String name) {
        return new IdempotentRequest(asker, key + "/" + name, content, asked);
    }
}
