package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.Decision;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Term;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Stores the autoscaler's decisions and the state that the autoscaler must remember, so that the
 * next leader continues where the last one stopped. All rows are stored by the id of the app, so a
 * new app does not inherit the rows of a deleted app of the same name.
 */
public final class ScalingTable {
    private static final String ACTOR = "autoscaler";

    private final Database database;
    private final FencedWrites fencedWrites;

    public ScalingTable(Database database, FencedWrites fencedWrites) {
        this.database = database;
        this.fencedWrites = fencedWrites;
    }

    /** The highest number of instances that was proposed in the ten seconds before {@code at}. */
    public record Proposed(Instant at, int replicas) {}

    /**
     * What the last leader remembered about an app's scaling.
     *
     * @param proposals the highest proposal of each ten seconds, oldest first
     */
    public record Memory(
            @Nullable Instant since,
            @Nullable Instant scaledOutAt,
            @Nullable Instant scaledInAt,
            @Nullable Instant panicUntil,
            List<Proposed> proposals) {}

    /**
     * What a leader remembers after a decision.
     *
     * @param since when the current, uninterrupted observation of the app began
     * @param proposed the highest number proposed in the ten seconds that end at {@code
     *     proposed.at}
     */
    public record Remembered(long app, Decision decision, Instant since, Proposed proposed) {}

    /**
     * Returns, by the id of the app, what the last leader remembered about these apps. An app has
     * no entry if nothing was ever decided about it.
     *
     * @param oldest for each app the time after which its proposals are read, by the id of the app
     */
    public Map<Long, Memory> memories(Map<Long, Instant> oldest) {
        return database.snapshot(transaction -> {
            var apps =
                    Json.write(
                            oldest.entrySet().stream()
                                    .map(app ->
                                            Map.of(
                                                    "app_id",
                                                    app.getKey(),
                                                    "oldest",
                                                    app.getValue()))
                                    .toList());
            var proposals = proposals(transaction, apps);
            var memories = new HashMap<Long, Memory>();
            transaction
                    .run(
                            """
                            select s.* from jsonb_to_recordset($1::text::jsonb) as r (app_id bigint)
                            join scalers s using (app_id)
                            """,
                            apps)
                    .forEach(row -> {
                        var app = row.getLong("app_id");
                        memories.put(
                                app,
                                new Memory(
                                        Rows.instant(row, "watched_since"),
                                        Rows.instant(row, "scaled_out_at"),
                                        Rows.instant(row, "scaled_in_at"),
                                        Rows.instant(row, "panic_until"),
                                        proposals.getOrDefault(app, List.of())));
                    });
            return Map.copyOf(memories);
        });
    }

    private static Map<Long, List<Proposed>> proposals(Transaction transaction, String apps) {
        var proposals = new HashMap<Long, List<Proposed>>();
        transaction
                .run(
                        """
                        select p.app_id, p.at, p.replicas
                        from jsonb_to_recordset($1::text::jsonb) as r (app_id bigint, oldest timestamptz)
                        join proposals p on p.app_id = r.app_id and p.at > r.oldest
                        order by p.at
                        """,
                        apps)
                .forEach(row ->
                        proposals
                                .computeIfAbsent(row.getLong("app_id"), _ -> new ArrayList<>())
                                .add(
                                        new Proposed(
                                                row.getOffsetDateTime("at").toInstant(),
                                                row.getInteger("replicas"))));
        return proposals;
    }

    /**
     * Returns, by the id of the app, the time until which a manually set number is kept. Times that
     * have passed are left out.
     */
    public Map<Long, Instant> held(Instant now) {
        return database.snapshot(transaction -> {
            var held = new HashMap<Long, Instant>();
            transaction
                    .run(
                            "select app_id, held_until from scalers where held_until > $1",
                            Rows.time(now))
                    .forEach(row ->
                            held.put(
                                    row.getLong("app_id"),
                                    row.getOffsetDateTime("held_until").toInstant()));
            return Map.copyOf(held);
        });
    }

    /**
     * Stores the last decisions and the proposals in one statement, however many apps there are.
     * Leaves out deleted apps. Sends no notification.
     */
    public void remember(Term term, List<Remembered> decisions) {
        if (decisions.isEmpty()) {
            return;
        }
        var rows = Json.write(decisions.stream().map(ScalingTable::row).toList());
        fencedWrites.fenced(
                term,
                transaction ->
                        transaction.run(
                                """
                                with decided as (
                                    select r.*
                                    from jsonb_to_recordset($1::text::jsonb) as r (app_id bigint, decided_at timestamptz,
                                        decision jsonb, watched_since timestamptz, panic_until timestamptz,
                                        at timestamptz, replicas integer)
                                    join apps a on a.id = r.app_id
                                    order by a.id for key share of a
                                ), remembered as (
                                    insert into scalers (app_id, decided_at, decision, watched_since, panic_until)
                                    select app_id, decided_at, decision, watched_since, panic_until from decided
                                    on conflict (app_id) do update set
                                        decided_at = excluded.decided_at, decision = excluded.decision,
                                        watched_since = excluded.watched_since, panic_until = excluded.panic_until
                                )
                                insert into proposals (app_id, at, replicas) select app_id, at, replicas from decided
                                on conflict (app_id, at) do update set
                                    replicas = greatest(proposals.replicas, excluded.replicas)
                                """,
                                rows));
    }

    private static Map<String, @Nullable Object> row(Remembered remembered) {
        var row = new HashMap<String, @Nullable Object>();
        row.put("app_id", remembered.app());
        row.put("decided_at", remembered.decision().at());
        row.put("decision", remembered.decision());
        row.put("watched_since", remembered.since());
        row.put("panic_until", remembered.decision().inputs().panicUntil());
        row.put("at", remembered.proposed().at());
        row.put("replicas", remembered.proposed().replicas());
        return row;
    }

    /**
     * Scales the app as decided and appends an event. A dry run only appends the event.
     *
     * @return empty if the app has changed since the decision
     */
    public Optional<App> act(Term term, App seen, Decision decision, Instant since) {
        return fencedWrites.fenced(
                term,
                transaction -> {
                    var app = Rows.app(transaction, seen.id());
                    if (app == null
                            || app.intent() != Intent.RUN
                            || app.revision() != seen.revision()
                            || app.replicas() != decision.from()
                            || held(transaction, app, decision.at())) {
                        return Optional.empty();
                    }
                    put(transaction, app.id(), decision, since);
                    transaction.run(
                            "insert into decisions (app_id, at, decision) values ($1, $2, $3::text::jsonb) on conflict do nothing",
                            app.id(),
                            Rows.time(decision.at()),
                            Json.write(decision));
                    return Optional.of(
                            decision.inputs().dryRun()
                                    ? tell(transaction, term, app, decision)
                                    : scale(transaction, term, app, decision));
                });
    }

    private static boolean held(Transaction transaction, App app, Instant now) {
        return transaction
                        .run(
                                "select from scalers where app_id = $1 and held_until > $2",
                                app.id(),
                                Rows.time(now))
                        .size()
                > 0;
    }

    private static App tell(Transaction transaction, Term term, App app, Decision decision) {
        transaction.append(
                term.epoch(),
                ACTOR,
                app.name(),
                Event.Type.ScalingProposed,
                "dry run, nothing was changed: " + decision.reason(),
                new Change.Nothing());
        return app;
    }

    private static App scale(Transaction transaction, Term term, App app, Decision decision) {
        var scaled = app.wanting(app.intent(), decision.to(), app.restart(), decision.at());
        Rows.put(transaction, app, scaled);
        if (!decision.wakes()) {
            transaction.run(
                    "update scalers set %s = $2 where app_id = $1"
                            .formatted(
                                    decision.outcome() == Outcome.OUT
                                            ? "scaled_out_at"
                                            : "scaled_in_at"),
                    app.id(),
                    Rows.time(decision.at()));
        }
        transaction.append(
                term.epoch(),
                ACTOR,
                app.name(),
                Event.Type.AppScaled,
                decision.reason(),
                Rows.change(app, scaled));
        return scaled;
    }

    private static void put(Transaction transaction, long app, Decision decision, Instant since) {
        transaction.run(
                """
                insert into scalers (app_id, decided_at, decision, watched_since, panic_until)
                values ($1, $2, $3::text::jsonb, $4, $5)
                on conflict (app_id) do update set
                    decided_at = $2, decision = $3::text::jsonb, watched_since = $4, panic_until = $5
                """,
                app,
                Rows.time(decision.at()),
                Json.write(decision),
                Rows.time(since),
                Rows.time(decision.inputs().panicUntil()));
    }

    /**
     * Sets the time until which a manually set number is kept. With null, the autoscaler decides
     * again at once.
     */
    static void hold(Transaction transaction, long app, @Nullable Instant until) {
        transaction.tell(
                """
                insert into scalers (app_id, held_until) values ($1, $2)
                on conflict (app_id) do update set held_until = $2
                """,
                app,
                Rows.time(until));
    }

    /**
     * @param latest the last decision; null before the first one
     * @param changes decisions that changed something, or would have in a dry run, newest first
     */
    public record Told(
            @Nullable Decision latest, @Nullable Instant heldUntil, List<Decision> changes) {}

    static Told told(Transaction transaction, long app, int limit) {
        var changes = new ArrayList<Decision>();
        transaction
                .run(
                        "select decision::text from decisions where app_id = $1 order by at desc limit $2",
                        app,
                        limit)
                .forEach(row -> changes.add(Json.read(row.getString(0), Decision.class)));
        var told = List.copyOf(changes);
        return transaction
                .first(
                        "select decision::text as decision, held_until from scalers where app_id = $1",
                        app)
                .map(row -> new Told(latest(row), Rows.instant(row, "held_until"), told))
                .orElseGet(() -> new Told(null, null, told));
    }

    private static @Nullable Decision latest(Row row) {
        var written = row.getString("decision");
        return written == null ? null : Json.read(written, Decision.class);
    }
}
