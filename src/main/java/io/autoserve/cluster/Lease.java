package io.autoserve.cluster;

import io.autoserve.cluster.Candidacy.Input;
import io.autoserve.model.Event;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs the election's queries on the one session that may hold the lock. The settings of the
 * session let the database decide how long the lock lasts.
 */
final class Lease {
    /** The text "autoserv" in ASCII. */
    static final long LOCK = 0x6175746f73657276L;

    /**
     * The settings of the session. Its timeouts end the session of a silent controller. TCP
     * keepalives alone would not do so, because the kernel of a frozen controller still answers
     * them.
     *
     * <p>Commits of this session do not wait for the standby. It does no harm if a failover loses a
     * new term, because a later term with the same epoch has another id. Waiting would also delay
     * every other commit with a NOTIFY.
     */
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "idle_session_timeout", "1750ms",
                    "idle_in_transaction_session_timeout", "1s",
                    "statement_timeout", "1s",
                    "tcp_user_timeout", "2s",
                    "tcp_keepalives_idle", "1",
                    "tcp_keepalives_interval", "1",
                    "tcp_keepalives_count", "2",
                    "synchronous_commit", "local");

    private static final String AWAIT_LOCK = "select autoserve_await_lock($1, $2)";

    private static final String NEW_TERM =
            """
            update leader
            set epoch = epoch + 1, id = gen_random_uuid(), name = $1, address = $2, since = now()
            returning epoch, id, since
            """;

    private static final String READ_TERM = "select 1 from leader where epoch = $1 and id = $2";

    private static final String APPEND =
            "select append_event($1, $2, null, $3, $4, $5::text::jsonb)";

    /** Gives the lock to the candidate that has waited for it longest. */
    private static final String UNLOCK = "select pg_advisory_unlock($1)";

    private static final Duration HAND_OVER = Duration.ofSeconds(1);

    private final LeaseConnection session;
    private final Function<Event.Change, String> json;
    private final Time time;
    private final Future<PreparedStatement> newTerm;
    private final Future<PreparedStatement> append;

    /**
     * @param json converts a change to the form in which it is stored with its event
     */
    Lease(LeaseConnection session, Function<Event.Change, String> json, Time time) {
        this.session = session;
        this.json = json;
        this.time = time;
        // Prepared now, because preparing these statements during a failover would cost two more
        // round trips.
        newTerm = connection().prepare(NEW_TERM);
        append = connection().prepare(APPEND);
    }

    /** Returns the settings of the session, by their names in PostgreSQL. */
    static Map<String, String> settings(String controller) {
        var settings = new HashMap<>(SETTINGS);
        settings.put("application_name", "autoserve election " + controller);
        return Map.copyOf(settings);
    }

    private PgConnection connection() {
        return session.connection();
    }

    /**
     * Waits in the database until this session holds the lock, but at most for {@link
     * Candidacy#PATIENCE}. Must only be called while this session does not hold the lock, because
     * each further grant would need an unlock of its own.
     *
     * <p>If this controller has died when its turn comes, its session ends at once and the next
     * candidate has the lock. If it is frozen or cut off, {@code idle_session_timeout} ends its
     * session.
     */
    Future<Input> awaitLock() {
        return connection()
                .preparedQuery(AWAIT_LOCK)
                .execute(Tuple.of(LOCK, (int) Candidacy.PATIENCE.toMillis()))
                .map(rows -> rows.iterator().next().getBoolean(0))
                .map(granted -> {
                    if (granted == null) {
                        return new Input.Doubted("the database is a standby");
                    }
                    return granted ? new Input.Granted() : new Input.Refused();
                });
    }

    /**
     * Writes the new term. No controller leads until the term is written, so the statements are
     * sent in two round trips instead of one for each.
     */
    Future<Input> writeTerm(String name, String address) {
        connection().query("begin").execute();
        return newTerm.compose(update -> update.query().execute(Tuple.of(name, address)))
                .map(rows -> leader(name, address, rows.iterator().next()))
                .compose(leader -> {
                    var appended =
                            append(
                                    leader.term(),
                                    name,
                                    Event.Type.LeaderElected,
                                    name + " leads",
                                    new Event.Change.PutLeader(leader));
                    var committed = connection().query("commit").execute();
                    return appended.compose(_ -> committed).map(leader.term());
                })
                .map(Input.Enthroned::new);
    }

    private static Leader leader(String name, String address, Row row) {
        return new Leader(
                name,
                address,
                new Term(row.getLong("epoch"), row.getUUID("id")),
                row.getOffsetDateTime("since").toInstant());
    }

    private Future<?> append(
            Term term, String actor, Event.Type type, String reason, Event.Change change) {
        return append.compose(select ->
                select.query()
                        .execute(
                                Tuple.of(
                                        term.epoch(),
                                        actor,
                                        type.name(),
                                        reason,
                                        json.apply(change))));
    }

    Future<Input> readTerm(Term term) {
        return connection()
                .preparedQuery(READ_TERM)
                .execute(Tuple.of(term.epoch(), term.id()))
                .map(rows ->
                        rows.size() == 1
                                ? new Input.Confirmed()
                                : new Input.Doubted("another term has begun"));
    }

    /**
     * Records the resignation and releases the lock. Completes within one second, even if the
     * database does not answer.
     */
    Future<?> handOver(Term term, String name) {
        var handedOver =
                append(
                                term,
                                name,
                                Event.Type.LeaderResigned,
                                name + " resigned",
                                new Event.Change.Nothing())
                        .transform(_ -> connection().preparedQuery(UNLOCK).execute(Tuple.of(LOCK)));
        return time.within(HAND_OVER, handedOver);
    }

    /** Closes the session at once, which releases the lock if the session holds it. */
    void close() {
        session.close();
    }
}
