package io.autoserve.store;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppTask;
import io.autoserve.model.Event;
import io.autoserve.model.EventPage;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Node;
import io.autoserve.model.Refusal;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.Revision;
import io.autoserve.model.ScheduleStatus;
import io.autoserve.model.Token;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** Reads the present state and past events. */
public final class StateReader {
    /** Selects the timeline. The first eight digits of a WAL file's name are the timeline. */
    static final String TIMELINE =
            "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint as timeline";

    static final String LAST_SEQ = "(select coalesce(max(seq), 0) from events) as seq";

    /**
     * Selects the new events, with the timeline and the last seq. Always returns at least one row,
     * so that the timeline is known even if there are no new events. Returns at most 64 events with
     * a spec, because 64 of the largest specs have 16 MiB.
     */
    private static final String NEWS =
            """
            select here.timeline, here.seq as last_seq, news.*
            from (select %s, %s) as here left join lateral (
                select %s, (%s) as spec from (
                    select *, count(*) filter (where payload @> '{"kind": "PutApp", "newRevision": true}')
                                  over (order by seq) as specs
                    from (select * from events where seq > $1 order by seq limit 1000) as new
                ) as events where specs <= 64) as news on true
            order by news.seq
            """
                    .formatted(TIMELINE, LAST_SEQ, Rows.EVENT, Rows.EVENT_SPEC);

    private final Database database;

    /**
     * The parsed specs of the last read. Each key is the text of its spec. The next read uses them
     * again, because most specs stay the same.
     */
    private volatile Map<String, AppSpec> understood = Map.of();

    public StateReader(Database database) {
        this.database = database;
    }

    /**
     * The whole state at one moment.
     *
     * @param timeline number of the database's history; a failover starts a new one
     * @param seq sequence number of the last event that this state reflects
     * @param before each app that has a rollout, as it was before that rollout, by the app's id
     * @param nodes the nodes that operators have changed, by name
     * @param tasks the tasks that have not ended, oldest first
     * @param releases the release commands of the apps' templates, by the app's id
     * @param schedules the schedules of the apps, by the app's id
     * @param unreadableApps apps that this version does not understand. The other fields do not
     *     contain these apps or anything that belongs to them
     */
    public record ClusterState(
            long timeline,
            long seq,
            Leader leader,
            List<App> apps,
            Map<Long, App> before,
            List<Instance> instances,
            List<Token> tokens,
            Map<String, Node> nodes,
            List<AppTask> tasks,
            Map<Long, ReleaseStatus> releases,
            Map<Long, List<ScheduleStatus>> schedules,
            List<UnreadableApp> unreadableApps) {

        public Node node(String name) {
            return nodes.getOrDefault(name, Node.untouched(name));
        }

        /** Returns the app at the revision that this instance's container was created from. */
        public App behind(App app, Instance instance) {
            var before = this.before.get(app.id());
            return before != null && before.template() == instance.template() ? before : app;
        }
    }

    /**
     * An app for which a newer version of AutoServe wrote something that this version does not
     * know.
     *
     * @param reason message about the data that this version does not know
     */
    public record UnreadableApp(String name, String reason) {}

    public ClusterState clusterState() {
        return database.snapshot(this::clusterState);
    }

    /**
     * The whole state and the events after a requested seq, both read at one moment.
     *
     * @param events the first 10,000 events after the requested seq
     * @param specs the specs of the revisions that these events created, by the seq of the event.
     *     Deleted revisions are left out
     */
    public record Audited(
            ClusterState clusterState, List<Event> events, Map<Long, AppSpec> specs) {}

    public Audited stateSince(long seq) {
        return database.snapshot(transaction -> {
            var rows =
                    transaction.run(
                            "select %s, (%s) as spec from events where seq > $1 order by seq limit 10000"
                                    .formatted(Rows.EVENT, Rows.EVENT_SPEC),
                            seq);
            var events = new ArrayList<Event>();
            rows.forEach(row -> events.add(Rows.event(row)));
            return new Audited(clusterState(transaction), List.copyOf(events), specs(rows));
        });
    }

    /**
     * Returns the specs in these rows of events, by seq. Leaves out a spec that only a newer
     * version understands.
     */
    private static Map<Long, AppSpec> specs(Iterable<Row> rows) {
        var specs = new HashMap<Long, AppSpec>();
        for (var row : rows) {
            var text = row.getString("spec");
            if (text != null) {
                try {
                    specs.put(row.getLong("seq"), Rows.spec(text));
                } catch (Refusal newer) {
                    // The reader finds no spec, and therefore reads the app from the tables.
                }
            }
        }
        return Map.copyOf(specs);
    }

    private ClusterState clusterState(Transaction transaction) {
        var leader =
                transaction.ask("select " + TIMELINE + ", " + LAST_SEQ + ", l.* from leader l");
        var wanted = transaction.ask(Rows.APPS + "order by a.id");
        var slots = transaction.ask(Rows.INSTANCES + "order by i.app_id, i.index");
        var tokens = TokenTable.valid(transaction);
        var nodes = NodeTable.all(transaction);
        var unfinished = TaskTable.unfinished(transaction);
        var releases = ReleaseTable.present(transaction);
        var schedules = ScheduleTable.all(transaction);
        var here = leader.get().iterator().next();
        var understanding = new Understanding();
        var apps = apps(wanted.get(), understanding);
        var before = new HashMap<Long, App>();
        for (var app : apps) {
            understanding
                    .of(
                            app.id(),
                            app.name(),
                            () -> Optional.ofNullable(Rows.before(transaction, app)))
                    .flatMap(was -> was)
                    .ifPresent(was -> before.put(app.id(), was));
        }
        var instances = new ArrayList<Instance>();
        for (var row : slots.get()) {
            understanding
                    .of(row.getLong("app_id"), row.getString("app"), () -> Rows.instance(row))
                    .ifPresent(instances::add);
        }
        var tasks = tasks(unfinished.get(), apps, understanding);
        return new ClusterState(
                here.getLong("timeline"),
                here.getLong("seq"),
                Rows.leader(here),
                apps.stream().filter(app -> understanding.covers(app.id())).toList(),
                Map.copyOf(before),
                instances.stream().filter(it -> understanding.covers(it.appId())).toList(),
                tokens.get(),
                nodes.get(),
                tasks.stream().filter(it -> understanding.covers(it.app().id())).toList(),
                releases.get(),
                schedules.get(),
                understanding.unreadableApps());
    }

    private static List<AppTask> tasks(
            RowSet<Row> rows, List<App> apps, Understanding understanding) {
        var byId = apps.stream().collect(toMap(App::id, identity()));
        var tasks = new ArrayList<AppTask>();
        for (var row : rows) {
            understanding
                    .of(
                            row.getLong("app_id"),
                            row.getString("app"),
                            () -> TaskTable.unfinished(row, byId))
                    .flatMap(task -> task)
                    .ifPresent(tasks::add);
        }
        return tasks;
    }

    private List<App> apps(RowSet<Row> rows, Understanding understanding) {
        var known = understood;
        var seen = new HashMap<String, AppSpec>();
        var apps = new ArrayList<App>();
        for (var row : rows) {
            understanding
                    .of(
                            row.getLong("id"),
                            row.getString("name"),
                            () -> Rows.app(row, text -> understood(text, known, seen)))
                    .ifPresent(apps::add);
        }
        understood = seen;
        return apps;
    }

    private static AppSpec understood(
            String text, Map<String, AppSpec> known, Map<String, AppSpec> seen) {
        return seen.computeIfAbsent(
                text,
                _ -> {
                    var spec = known.get(text);
                    return spec == null ? Rows.spec(text) : spec;
                });
    }

    static long lastSeq(Transaction transaction) {
        return transaction.run("select " + LAST_SEQ).iterator().next().getLong(0);
    }

    /**
     * The events after the last one that a reader has seen.
     *
     * @param lastSeq sequence number of the last event in the database. If a failover lost events,
     *     it is lower than the seq that the reader has seen
     * @param events the first of these events, at most 1,000 and at least one if there are any
     * @param specs the specs of the revisions that these events created, by the seq of the event.
     *     Deleted revisions are left out
     */
    public record News(long timeline, long lastSeq, List<Event> events, Map<Long, AppSpec> specs) {}

    /**
     * Reads the news on the reader's own connection and in one round trip, because the feed calls
     * this for every event.
     */
    public static Future<News> news(SqlConnection connection, long afterSeq) {
        return connection
                .preparedQuery(NEWS)
                .execute(Tuple.of(afterSeq))
                .map(rows -> {
                    var here = rows.iterator().next();
                    return new News(
                            here.getLong("timeline"),
                            here.getLong("last_seq"),
                            StreamSupport.stream(rows.spliterator(), false)
                                    .filter(row -> row.getLong("seq") != null)
                                    .map(Rows::event)
                                    .toList(),
                            specs(rows));
                });
    }

    /** Returns the first events after {@code seq}. */
    public EventPage eventsBehind(long seq, int limit) {
        return database.snapshot(transaction -> page(transaction, seq, limit));
    }

    /** Returns the first events after {@code seq} once the standby has them. */
    public EventPage replicatedEventsBehind(long seq, int limit) {
        return database.replicatedSnapshot(transaction -> page(transaction, seq, limit));
    }

    private static EventPage page(Transaction transaction, long seq, int limit) {
        var timeline = transaction.run("select " + TIMELINE).iterator().next().getLong("timeline");
        return new EventPage(timeline, events(transaction, EventQuery.behind(seq, limit)));
    }

    /** Returns the events that match the query, oldest first. */
    public List<Event> events(EventQuery query) {
        return database.snapshot(transaction -> events(transaction, query));
    }

    static List<Event> events(Transaction transaction, EventQuery query) {
        var order = query.after() == null ? "desc" : "asc";
        var events = new ArrayList<Event>();
        transaction
                .run(
                        """
                        select * from (
                            select %s from events
                            where ($1::text is null or app = $1) and ($2::text is null or type = $2)
                              and ($3::bigint is null or seq > $3)
                              and ($4::timestamptz is null or at >= $4)
                              and ($6::text is null or actor = $6) and ($7::text[] is null or app like any($7))
                            order by seq %s limit $5) as page
                        order by seq
                        """
                                .formatted(Rows.EVENT, order),
                        query.app(),
                        query.type() == null ? null : query.type().name(),
                        query.after(),
                        Rows.time(query.since()),
                        query.limit(),
                        query.actor(),
                        query.apps().everything()
                                ? null
                                : query.apps().like().toArray(String[]::new))
                .forEach(row -> events.add(Rows.event(row)));
        return List.copyOf(events);
    }

    /**
     * Returns the app as it was before the current rollout, or empty if no rollout is under way.
     */
    public Optional<App> before(App app) {
        return database.snapshot(transaction -> Optional.ofNullable(Rows.before(transaction, app)));
    }

    /** Returns the kept revisions of an app, newest first. */
    public List<Revision> revisions(long app) {
        return database.snapshot(transaction -> {
            var revisions = new ArrayList<Revision>();
            transaction
                    .run(Rows.REVISIONS + "where r.app_id = $1 order by r.number desc", app)
                    .forEach(row -> revisions.add(Rows.revision(row)));
            return List.copyOf(revisions);
        });
    }

    /** Returns the spec of an app's present revision, as its author wrote it. */
    public Optional<String> raw(String app) {
        return database.snapshot(transaction ->
                transaction
                        .first(
                                """
                                select r.raw from apps a join revisions r on r.app_id = a.id and r.number = a.revision
                                where a.name = $1
                                """,
                                app)
                        .map(row -> row.getString(0)));
    }
}
