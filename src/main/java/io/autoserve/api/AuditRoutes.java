package io.autoserve.api;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.AuditQuery;
import io.autoserve.platform.Platform;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers reads of the audit. */
final class AuditRoutes {
    private final Platform platform;

    AuditRoutes(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of("listAudit", this::list);
    }

    /** The words of the API for {@link AuditOutcome}. */
    enum AuditVerdict {
        allowed,
        refused;

        static AuditVerdict of(AuditOutcome outcome) {
            return switch (outcome) {
                case ALLOWED -> allowed;
                case REFUSED -> refused;
            };
        }
    }

    private record AuditAnswer(
            long id,
            Instant at,
            @Nullable String actor,
            @Nullable String address,
            String action,
            @Nullable String app,
            AuditVerdict outcome,
            String reason,
            int times) {}

    private record AuditList(List<AuditAnswer> entries) {}

    private void list(Call call) {
        var outcome = call.text("outcome");
        var query =
                new AuditQuery(
                        call.text("app"),
                        call.text("actor"),
                        outcome == null
                                ? null
                                : AuditOutcome.valueOf(outcome.toUpperCase(Locale.ROOT)),
                        call.number("after"),
                        call.time("since"),
                        call.count("limit"));
        call.when(
                platform.audit().entries(query),
                entries ->
                        call.json(
                                200,
                                new AuditList(entries.stream().map(AuditRoutes::told).toList())));
    }

    private static AuditAnswer told(AuditEntry entry) {
        return new AuditAnswer(
                entry.id(),
                entry.at(),
                entry.actor(),
                entry.address(),
                entry.action(),
                entry.app(),
                AuditVerdict.of(entry.outcome()),
                entry.reason(),
                entry.times());
    }
}
