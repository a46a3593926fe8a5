package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Rows to records and back. */
final class Rows {
    static final String APPS =
            """
            select a.id, a.name, a.revision, a.template, r.spec::text as spec, a.intent, a.replicas, a.restart,
                   a.created_at, a.updated_at
            from apps a join revisions r on r.app_id = a.id and r.number = a.revision
            """;

    static final String INSTANCES =
            "select i.*, a.name as app from instances i join apps a on a.id = i.app_id ";

    private Rows() {}

    static App app(Row row) {
        return app(row, Rows::spec);
    }

    static AppSpec spec(String written) {
        return Json.read(written, AppSpec.class);
    }

    /**
     * @param specs understands the text of a spec
     */
    static App app(Row row, Function<String, AppSpec> specs) {
        return new App(
                row.getLong("id"),
                row.getString("name"),
                row.getInteger("revision"),
                row.getInteger("template"),
                specs.apply(row.getString("spec")),
                App.Intent.valueOf(row.getString("intent")),
                row.getInteger("replicas"),
                row.getInteger("restart"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant());
    }

    static Instance instance(Row row) {
        return new Instance(
                row.getLong("id"),
                row.getLong("app_id"),
                row.getString("app"),
                row.getInteger("index"),
                Instance.State.valueOf(row.getString("state")),
                row.getInteger("revision"),
                row.getInteger("restart"),
                row.getString("container_id"),
                row.getString("address"),
                row.getInteger("port"),
                Instance.Health.valueOf(row.getString("health")),
                row.getOffsetDateTime("state_since").toInstant(),
                instant(row, "started_at"),
                instant(row, "ready_since"),
                row.getInteger("restarts"),
                row.getInteger("failures"),
                instant(row, "retry_at"),
                instant(row, "drain_until"),
                row.getString("reason"));
    }

    static Leader leader(Row row) {
        return new Leader(
                row.getString("name"),
                row.getString("address"),
                new Term(row.getLong("epoch"), row.getUUID("id")),
                row.getOffsetDateTime("since").toInstant());
    }

    static Event event(Row row) {
        return new Event(
                row.getLong("seq"),
                row.getOffsetDateTime("at").toInstant(),
                row.getLong("epoch"),
                row.getString("actor"),
                row.getString("app"),
                Event.Type.valueOf(row.getString("type")),
                row.getString("reason"),
                Json.read(row.getString("payload"), Event.Change.class));
    }

    static void put(Transaction transaction, Instance instance) {
        transaction.run(
                """
                insert into instances (app_id, index, id, state, revision, restart, container_id, address, port,
                    health, state_since, started_at, ready_since, restarts, failures, retry_at, drain_until, reason)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
                on conflict (app_id, index) do update set
                    id = $3, state = $4, revision = $5, restart = $6, container_id = $7, address = $8, port = $9,
                    health = $10, state_since = $11, started_at = $12, ready_since = $13, restarts = $14,
                    failures = $15, retry_at = $16, drain_until = $17, reason = $18
                """,
                instance.appId(),
                instance.index(),
                instance.id(),
                instance.state().name(),
                instance.revision(),
                instance.restart(),
                instance.containerId(),
                instance.address(),
                instance.port(),
                instance.health().name(),
                time(instance.stateSince()),
                time(instance.startedAt()),
                time(instance.readySince()),
                instance.restarts(),
                instance.failures(),
                time(instance.retryAt()),
                time(instance.drainUntil()),
                instance.reason());
    }

    private static @Nullable Instant instant(Row row, String column) {
        var value = row.getOffsetDateTime(column);
        return value == null ? null : value.toInstant();
    }

    static @Nullable OffsetDateTime time(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
