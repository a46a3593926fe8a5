package io.autoserve.store;

import io.autoserve.model.Event;

/** Records what users did that changes no desired state, so that operators can look it up later. */
public final class AuditLog {
    private final Database database;

    public AuditLog(Database database) {
        this.database = database;
    }

    public void note(String app, String actor, Event.Type type, String reason) {
        database.transaction(transaction -> {
            transaction.note(actor, app, type, reason);
            return app;
        });
    }
}
