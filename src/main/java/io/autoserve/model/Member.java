package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A controller as it announced itself.
 *
 * @param address address of the controller's API
 * @param leads whether the controller leads
 * @param viewSeq seq of the last event that its view has seen
 * @param viewLag number of events that the database had, and the view had not seen, when the
 *     controller announced itself; null if not reported. The database computes this number, so the
 *     value that a controller sends is not used
 * @param viewDigest hash of its whole view at {@code viewSeq}, on the timeline {@code
 *     viewTimeline}; null if not reported
 * @param progress what slots were waiting for at the last announcement. Only the leader reports any
 * @param lastSeen time of the last announcement, by the clock of the database
 */
public record Member(
        String name,
        String address,
        String version,
        boolean leads,
        long viewSeq,
        @Nullable Long viewLag,
        @Nullable Long viewTimeline,
        @Nullable String viewDigest,
        List<Progress> progress,
        Instant startedAt,
        Instant lastSeen) {}
