package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import io.autoserve.model.Event.FieldChange;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Term;
import io.autoserve.spec.Difference;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Converts rows to records and back. */
final class Rows {
    static final String APPS =
            """
            select a.id, a.name, a.revision, a.template, r.spec::text as spec, t.image, a.intent, a.replicas, a.restart,
                   a.rollout_from, a.rollout_step, a.rollout_paused, a.rollout_started_at, a.rollout_stepped_at,
                   a.rollout_reason, a.created_at, a.updated_at
            from apps a join revisions r on r.app_id = a.id and r.number = a.revision
            left join template_images t on t.app_id = a.id and t.template = a.template
            """;

    static final String INSTANCES =
            "select i.*, a.name as app from instances i join apps a on a.id = i.app_id ";

    /** Selects revisions of an app. */
    static final String REVISIONS =
            """
            select r.app_id, r.number, r.template, r.spec::text as spec, t.image, r.raw, r.actor, r.created_at,
                   r.served
            from revisions r left join template_images t on t.app_id = r.app_id and t.template = r.template
            """;

    static final String EVENT =
            "seq, at, epoch, actor, app, type, reason, payload::text as payload";

    /**
     * Selects, for a row of events, the spec of the revision that the event created. Null if the
     * event created none, or if the revision was deleted since.
     */
    static final String EVENT_SPEC =
            """
            select r.spec::text from revisions r
            where r.app_id = case when payload @> '{"kind": "PutApp", "newRevision": true}' then (payload->>'id')::bigint end
              and r.number = case when payload @> '{"kind": "PutApp", "newRevision": true}' then (payload->>'revision')::integer end
            """;

    private Rows() {}

    static App app(Row row) {
        return app(row, Rows::spec);
    }

    /** Reads and locks the app. Returns null if it no longer exists. */
    static @Nullable App app(Transaction transaction, long id) {
        // The lock comes first, because the query would read other tables as they were before the
        // wait for the lock.
        transaction.tell("select from apps where id = $1 for update", id);
        return transaction
                .first(APPS + "where a.id = $1 for update of a", id)
                .map(row -> app(row))
                .orElse(null);
    }

    /** Reads a spec. Refuses if only a newer version understands it. */
    static AppSpec spec(String written) {
        try {
            return Json.read(written, AppSpec.class);
        } catch (UncheckedIOException newer) {
            throw newer("spec: " + newer.getMessage());
        }
    }

    /** Returns the spec of a revision, or empty if the revision is no longer kept. */
    static Optional<AppSpec> revisionSpec(Transaction transaction, long app, int revision) {
        return transaction
                .first(
                        "select spec::text as spec from revisions where app_id = $1 and number = $2",
                        app,
                        revision)
                .map(row -> spec(row.getString("spec")));
    }

    /** Reads an enum value. Refuses if only a newer version knows it. */
    static <E extends Enum<E>> E word(Class<E> known, Row row, String column) {
        var word = row.getString(column);
        try {
            return Enum.valueOf(known, word);
        } catch (IllegalArgumentException newer) {
            throw newer("%s %s".formatted(column, word));
        }
    }

    private static Refusal newer(String what) {
        return Refusal.unavailable(
                "a newer version wrote data that this version does not know (%s): use a newer controller"
                        .formatted(what));
    }

    /**
     * @param specs reads the text of a spec
     */
    static App app(Row row, Function<String, AppSpec> specs) {
        return new App(
                row.getLong("id"),
                row.getString("name"),
                row.getInteger("revision"),
                row.getInteger("template"),
                specs.apply(row.getString("spec")),
                row.getString("image"),
                word(App.Intent.class, row, "intent"),
                row.getInteger("replicas"),
                row.getInteger("restart"),
                rollout(row),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getOffsetDateTime("updated_at").toInstant());
    }

    private static App.@Nullable Rollout rollout(Row row) {
        var from = row.getInteger("rollout_from");
        return from == null
                ? null
                : new App.Rollout(
                        from,
                        row.getInteger("rollout_step"),
                        row.getBoolean("rollout_paused"),
                        row.getOffsetDateTime("rollout_started_at").toInstant(),
                        row.getOffsetDateTime("rollout_stepped_at").toInstant(),
                        row.getString("rollout_reason"));
    }

    /** Returns the app as it was before the current rollout, or null if no rollout is under way. */
    static @Nullable App before(Transaction transaction, App app) {
        var rollout = app.rollout();
        if (rollout == null) {
            return null;
        }
        var revision =
                one(transaction, "where r.app_id = $1 and r.number = $2", app.id(), rollout.from());
        return revision == null
                ? null
                : app.at(revision.number(), revision.template(), revision.spec(), revision.image());
    }

    /**
     * @param to number of the revision. If null, this returns the revision from which the current
     *     rollout began. Without a rollout, it returns the newest revision that served and whose
     *     template differs from the present one
     */
    static @Nullable Revision earlier(Transaction transaction, App app, @Nullable Integer to) {
        var rollout = app.rollout();
        var number = to == null && rollout != null ? Integer.valueOf(rollout.from()) : to;
        if (number != null) {
            return one(transaction, "where r.app_id = $1 and r.number = $2", app.id(), number);
        }
        return one(
                transaction,
                "where r.app_id = $1 and r.served and r.template <> $2 order by r.number desc limit 1",
                app.id(),
                app.template());
    }

    private static @Nullable Revision one(
            Transaction transaction, String condition, Object... values) {
        return transaction.first(REVISIONS + condition, values).map(Rows::revision).orElse(null);
    }

    static Revision revision(Row row) {
        return new Revision(
                row.getInteger("number"),
                row.getInteger("template"),
                spec(row.getString("spec")),
                row.getString("image"),
                row.getString("raw"),
                row.getString("actor"),
                row.getOffsetDateTime("created_at").toInstant(),
                row.getBoolean("served"));
    }

    /**
     * Returns the change for the event of a new or changed app.
     *
     * @param before the app before the event; null if the event created the app
     */
    static Event.Change change(@Nullable App before, App after) {
        var newRevision = before == null || before.revision() != after.revision();
        return Event.Change.PutApp.of(
                after,
                newRevision,
                before == null || !newRevision
                        ? List.of()
                        : Difference.between(before.spec(), after.spec()).stream()
                                .limit(FieldChange.MOST)
                                .map(it -> new FieldChange(it.pointer(), it.before(), it.after()))
                                .toList());
    }

    /**
     * Inserts a revision with the release that its template needs, and deletes the revisions of the
     * app that are no longer kept.
     *
     * @param served whether the revision counts as one that served, although no rollout completed
     */
    static void addRevision(
            Transaction transaction, App app, String raw, String actor, boolean served) {
        transaction.tell(
                """
                insert into revisions (app_id, number, template, spec, raw, actor, created_at, cpu_millis, memory_bytes, served)
                values ($1, $2, $3, $4::text::jsonb, $5, $6, $7, $8, $9, $10)
                """,
                app.id(),
                app.revision(),
                app.template(),
                Json.write(app.spec()),
                raw,
                actor,
                time(app.updatedAt()),
                app.spec().resources().cpuMillis(),
                app.spec().resources().memoryBytes(),
                served);
        transaction.tell(
                "select forget_old_revisions($1, $2, $3)",
                app.id(),
                app.revision(),
                app.template());
        ReleaseTable.expect(transaction, app);
        ScheduleTable.keep(transaction, app);
    }

    /**
     * Inserts a new app and returns the id that the database gives it. The id of {@code app} is
     * ignored.
     */
    static long addApp(Transaction transaction, App app) {
        return transaction
                .run(
                        """
                        insert into apps (name, revision, template, intent, replicas, reach, created_at, updated_at)
                        values ($1, $2, $3, $4, $5, $6, $7, $7) returning id
                        """,
                        app.name(),
                        app.revision(),
                        app.template(),
                        app.intent().name(),
                        app.replicas(),
                        app.reach(),
                        time(app.createdAt()))
                .iterator()
                .next()
                .getLong(0);
    }

    /**
     * Updates an app. If its rollout ends while the app has desired instances, and the app keeps
     * its revision, this revision served.
     */
    static void put(Transaction transaction, App before, App app) {
        var rollout = app.rollout();
        transaction.tell(
                """
                update apps set revision = $2, template = $3, intent = $4, replicas = $5, restart = $6, updated_at = $7,
                    rollout_from = $8, rollout_step = $9, rollout_paused = $10, rollout_started_at = $11,
                    rollout_stepped_at = $12, rollout_reason = $13, reach = $14
                where id = $1
                """,
                app.id(),
                app.revision(),
                app.template(),
                app.intent().name(),
                app.replicas(),
                app.restart(),
                time(app.updatedAt()),
                rollout == null ? null : rollout.from(),
                rollout == null ? null : rollout.step(),
                rollout == null ? null : rollout.paused(),
                rollout == null ? null : time(rollout.startedAt()),
                rollout == null ? null : time(rollout.steppedAt()),
                rollout == null ? null : rollout.reason(),
                app.reach());
        if (before.rollout() != null
                && rollout == null
                && app.wanted() > 0
                && before.revision() == app.revision()) {
            transaction.tell(
                    "update revisions set served = true where app_id = $1 and number = $2",
                    app.id(),
                    app.revision());
        }
    }

    /**
     * Records that the containers of a template served, when the first of them becomes ready
     * although no rollout replaces anything. If the template did not serve before, all its
     * revisions count as served from now on. Otherwise nothing changes, so a rollback does not
     * count.
     */
    static void served(Transaction transaction, Instance ready) {
        transaction.tell(
                """
                update revisions r set served = true from apps a
                where a.id = $1 and a.template = $2 and a.rollout_from is null
                  and r.app_id = a.id and r.template = a.template
                  and exists (select from revisions own
                              where own.app_id = a.id and own.number = a.template and not own.served)
                """,
                ready.appId(),
                ready.template());
    }

    /** Returns whether this revision counts as one that served. */
    static boolean hasServed(Transaction transaction, App app) {
        return transaction
                .first(
                        "select number from revisions where app_id = $1 and number = $2 and served",
                        app.id(),
                        app.revision())
                .isPresent();
    }

    static Instance instance(Row row) {
        return new Instance(
                row.getLong("id"),
                row.getLong("app_id"),
                row.getString("app"),
                row.getInteger("index"),
                word(Instance.State.class, row, "state"),
                row.getInteger("revision"),
                row.getInteger("template"),
                row.getInteger("restart"),
                row.getString("container_id"),
                row.getString("address"),
                row.getInteger("port"),
                word(Instance.Health.class, row, "health"),
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
                row.getString("type"),
                row.getString("reason"),
                change(row.getString("payload")));
    }

    /**
     * Reads a change. During an upgrade, newer controllers may write changes that this version does
     * not know.
     */
    private static Event.Change change(String payload) {
        try {
            return Json.read(payload, Event.Change.class);
        } catch (UncheckedIOException newer) {
            return new Event.Change.Unknown();
        }
    }

    static void put(Transaction transaction, Instance instance) {
        transaction.tell(
                """
                insert into instances (app_id, index, id, state, revision, restart, container_id, address, port,
                    health, state_since, started_at, ready_since, restarts, failures, retry_at, drain_until, reason,
                    template)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
                on conflict (app_id, index) do update set
                    id = $3, state = $4, revision = $5, restart = $6, container_id = $7, address = $8, port = $9,
                    health = $10, state_since = $11, started_at = $12, ready_since = $13, restarts = $14,
                    failures = $15, retry_at = $16, drain_until = $17, reason = $18,
                    template = $19
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
                instance.reason(),
                instance.template());
    }

    static @Nullable Instant instant(Row row, String column) {
        var value = row.getOffsetDateTime(column);
        return value == null ? null : value.toInstant();
    }

    static @Nullable OffsetDateTime time(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }
}
