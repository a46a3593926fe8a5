package io.autoserve.platform;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditQuery;
import io.vertx.core.Future;
import java.util.List;

/** The audit: who did what, from where, and whether it was permitted. */
public interface AuditTrail {
    /**
     * Records a refusal or a login. Never waits and never fails: the entry is written a little
     * later, together with others. Beyond a number of entries per minute, refusals are only
     * counted.
     */
    void note(AuditEntry entry);

    /** Returns the entries that match the query, oldest first. */
    Future<List<AuditEntry>> entries(AuditQuery query);
}
