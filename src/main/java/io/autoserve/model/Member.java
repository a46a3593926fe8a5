package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A controller as it announced itself.
 *
 * @param address under which its API is reached
 * @param leads whether it leads
 * @param viewSeq seq of the last event that its view has seen
 * @param viewLag number of events that the database had then and the view had not seen; null if not
 *     reported. The database computes it when a controller announces itself, so this value of the
 *     controller itself is not used
 * @param viewDigest hash of its whole view at {@code viewSeq}, on the timeline {@code
 *     viewTimeline}; null if not reported
 * @param progress what slots waited for at that time. Only the leader reports any
 * @param lastSeen by the clock of the database
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
