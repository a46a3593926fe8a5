package io.autoserve.store;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.AuditQuery;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads and writes the audit. Acts that change desired state are recorded together with their
 * event. This class records the others, such as running a command in an instance.
 */
public final class AuditLog {
    private final Database database;

    public AuditLog(Database database) {
        this.database = database;
    }

    /** Records an act that changes no desired state, as an event and in the audit. */
    public void note(String app, By by, Event.Type type, String reason) {
        database.transaction(transaction -> {
            transaction.from(by);
            transaction.note(by.actor(), app, type, reason);
            return app;
        });
    }

    /** Records refusals and logins, all of them or none. */
    public void keep(List<AuditEntry> entries) {
        database.transaction(transaction ->
                transaction
                        .run("select append_audit($1::text::jsonb)", Json.write(entries))
                        .size());
    }

    /** Returns the entries that match the query, oldest first. */
    public List<AuditEntry> entries(AuditQuery query) {
        var outcome = query.outcome();
        return database.snapshot(transaction -> {
            var entries = new ArrayList<AuditEntry>();
            transaction
                    .run(
                            """
                            select * from (
                                select * from audit
                                where ($1::text is null or app = $1) and ($2::text is null or actor = $2)
                                  and ($3::text is null or outcome = $3)
                                  and ($4::bigint is null or id > $4)
                                  and ($5::timestamptz is null or at >= $5)
                                order by id %s limit $6) as page
                            order by id
                            """
                                    .formatted(query.after() == null ? "desc" : "asc"),
                            query.app(),
                            query.actor(),
                            outcome == null ? null : outcome.name(),
                            query.after(),
                            Rows.time(query.since()),
                            query.limit())
                    .forEach(row -> entries.add(entry(row)));
            return List.copyOf(entries);
        });
    }

    private static AuditEntry entry(Row row) {
        return new AuditEntry(
                row.getLong("id"),
                row.getOffsetDateTime("at").toInstant(),
                row.getString("actor"),
                row.getString("address"),
                row.getString("action"),
                row.getString("app"),
                Rows.word(AuditOutcome.class, row, "outcome"),
                row.getString("reason"),
                row.getInteger("times"));
    }
}
