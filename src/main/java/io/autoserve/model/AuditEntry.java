package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One row of the audit: who did what, from where, and whether it was permitted. It never contains a
 * secret, a token or a spec.
 *
 * @param id position in the audit; 0 before the entry is stored
 * @param actor name of the token that the caller proved; null if the caller proved none
 * @param address the client's address; null if the act came from the machine itself
 * @param action type of the event that the act caused, or operation of the API that was refused
 * @param app name of the app that the act concerns; null if it concerns no app
 * @param reason one sentence for operators
 * @param times number of equal refusals that the entry stands for
 */
public record AuditEntry(
        long id,
        Instant at,
        @Nullable String actor,
        @Nullable String address,
        String action,
        @Nullable String app,
        AuditOutcome outcome,
        String reason,
        int times) {

    /** Whether the act was carried out. */
    public enum AuditOutcome {
        ALLOWED,
        REFUSED
    }

    public AuditEntry {
        Require.that(times >= 1, "times must be at least 1, was %d", times);
    }

    /** Returns an entry of the same content that stands for {@code more} more refusals. */
    public AuditEntry again(int more) {
        return new AuditEntry(
                id, at, actor, address, action, app, outcome, reason, Math.addExact(times, more));
    }
}
