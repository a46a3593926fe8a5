package io.autoserve.model;

import io.autoserve.model.AuditEntry.AuditOutcome;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Selects entries of the audit. A null selects everything.
 *
 * @param after returns the first {@code limit} entries after this id; null for the newest {@code
 *     limit} entries
 * @param since the time of the oldest entry to return
 */
public record AuditQuery(
        @Nullable String app,
        @Nullable String actor,
        @Nullable AuditOutcome outcome,
        @Nullable Long after,
        @Nullable Instant since,
        int limit) {}
