package io.autoserve.model;

import org.jspecify.annotations.Nullable;

/**
 * The author of a write. For a write with an idempotency key, also the request.
 *
 * @param actor name that the event records: the name of a token, or of the part of AutoServe that
 *     writes
 * @param request the request, which runs at most once; null for a write without an idempotency key
 * @param rights the limits of the author's token
 * @param address address of the client, for the audit; null if the write came from the machine
 */
public record By(
        String actor,
        @Nullable IdempotentRequest request,
        Rights rights,
        @Nullable String address) {

    /** Creates an author that is not limited, of a write that came from the machine. */
    public By(String actor, @Nullable IdempotentRequest request) {
        this(actor, request, Rights.ALL, null);
    }

    /** Creates an author that is not limited, of a write without an idempotency key. */
    public static By actor(String actor) {
        return new By(actor, null);
    }

    /**
     * Returns the author for one part of this write. If the write has an idempotency key, each part
     * gets a different key made from it, so each part runs at most once.
     */
    public By part(String name) {
        return request == null ? this : new By(actor, request.part(name), rights, address);
    }
}
