package io.autoserve.store;

import io.autoserve.model.Event;

/**
 * Records actions of users that change no desired state, such as running a command in an instance.
 */
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
