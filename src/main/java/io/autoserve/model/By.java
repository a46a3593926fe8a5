package io.autoserve.model;

import org.jspecify.annotations.Nullable;

/**
 * The author of a write. For a write with an idempotency key, also the request.
 *
 * @param actor name that the event records: the name of a token, or of the part of AutoServe that
 *     writes
 * @param allotment the quota of the author's token; null without a quota
 * @param request the request, which runs at most once; null for a write without an idempotency key
 */
public record By(
        String actor, Quota.@Nullable Allotment allotment, @Nullable IdempotentRequest request) {

    /** Creates the author of a write without a quota. */
    public By(String actor, @Nullable IdempotentRequest request) {
        this(actor, null, request);
    }

    /** Creates the author of a write without an idempotency key. */
    public static By actor(String actor) {
        return new By(actor, null);
    }

    /**
     * Returns the author for one part of this write. If the write has an idempotency key, each part
     * gets a different key made from it, so each part runs at most once.
     */
    public By part(String name) {
        return request == null ? this : new By(actor, allotment, request.part(name));
    }
}
