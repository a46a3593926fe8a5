package io.autoserve.model;

import org.jspecify.annotations.Nullable;

/**
 * Identifies the author of a write, and the request that asks for it.
 *
 * @param actor recorded in the event: the name of a token, or of a part of AutoServe
 * @param request the request, which runs at most once; null for a write without an idempotency key
 */
public record By(String actor, @Nullable IdempotentRequest request) {

    /** Creates the author of a write without an idempotency key. */
    public static By actor(String actor) {
        return new By(actor, null);
    }

    /** Returns the author of a part of this write, which runs at most once on its own. */
    public By part(String name) {
        return request == null ? this : new By(actor, request.part(name));
    }
}
