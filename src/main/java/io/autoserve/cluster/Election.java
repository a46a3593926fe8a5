package io.autoserve.cluster;

import io.autoserve.cluster.Candidacy.Leading;
import io.autoserve.cluster.Candidacy.Outcome;
import io.autoserve.cluster.Candidacy.Step;
import io.autoserve.model.Event;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes at most one controller the leader. Who holds an advisory lock of the primary leads; the
 * session that holds it is ended by the database itself when its controller falls silent, and the
 * controller stops believing in it earlier than that. What to do when is {@link Candidacy}'s to
 * say; here it is done, on an event loop of its own.
 */
public final class Election {
    private static final Logger LOG = LoggerFactory.getLogger(Election.class);

    /** "autoserv" in ASCII. */
    static final long LOCK = 0x6175746f73657276L;

    /**
     * The lease. Keepalives alone would not do: the kernel of a frozen controller still answers
     * them. A term need not reach the standby to begin, since its id tells it from any other, and
     * waiting for one would hold up every NOTIFY.
     */
    private static final Map<String, String> LEASE =
            Map.of(
                    "idle_session_timeout", "1750ms",
                    "idle_in_transaction_session_timeout", "1s",
                    "statement_timeout", "1s",
                    "lock_timeout", "500ms",
                    "tcp_user_timeout", "2s",
                    "tcp_keepalives_idle", "1",
                    "tcp_keepalives_interval", "1",
                    "tcp_keepalives_count", "2",
                    "synchronous_commit", "local");

    /** Where a leader that goes says so. */
    private static final String RESIGNED = "autoserve_resigned";

    /** A standby grants locks as well, hence the guard. */
    private static final String TRY_LOCK =
            "select case when not pg_is_in_recovery() then pg_try_advisory_lock($1) end";

    private static final String NEW_TERM =
            """
            update leader
            set epoch = epoch + 1, id = gen_random_uuid(), name = $1, address = $2, since = now()
            returning epoch, id, since
            """;

    private static final String READ_TERM = "select 1 from leader where epoch = $1 and id = $2";

    private static final String APPEND =
            "select append_event($1, $2, null, $3, $4, $5::text::jsonb)";

    /** The lock is free when the notification, sent on commit, arrives. */
    private static final String UNLOCK =
            "select pg_advisory_unlock($1), pg_notify('" + RESIGNED + "', '')";

    private static final Duration HAND_OVER = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Map<String, String> lease = new HashMap<>(LEASE);
    private final Databases databases;
    private final String name;
    private final String address;
    private final Function<Event.Change, String> json;
    private final LongSupplier nanoTime;

    private volatile Candidacy candidacy = new Candidacy.Away();
    private final Promise<Void> gone = Promise.promise();
    private @Nullable Context context;
    private @Nullable Leadership leadership;
    private @Nullable Session session;
    private long timer = -1;

    /**
     * @param name of this controller
     * @param address under which others reach it
     * @param json as which a change is stored with its event
     * @param nanoTime a monotonic clock that goes on while the process is stopped
     */
    public Election(
            Vertx vertx,
            Databases databases,
            String name,
            String address,
            Function<Event.Change, String> json,
            LongSupplier nanoTime) {
        this.vertx = vertx;
        this.databases = databases;
        this.name = name;
        this.address = address;
        this.json = json;
        lease.put("application_name", "autoserve election " + name);
        this.nanoTime = nanoTime;
    }

    /** Stands for election until {@link #resign}, also while there is no database. Once only. */
    public Future<Void> start(Leadership leadership) {
        this.leadership = leadership;
        return vertx.deployVerticle(
                        context -> {
                            this.context = context;
                            on(new Outcome.Ticked());
                            return Future.succeededFuture();
                        })
                .mapEmpty();
    }

    /** The term in which this controller leads, as far as it may believe so at this moment. */
    public Optional<Term> current() {
        return candidacy instanceof Leading leading && leading.trusted(nanoTime.getAsLong())
                ? Optional.of(leading.term())
                : Optional.empty();
    }

    /** To be asked right before each act that cannot be fenced. Any thread. */
    public boolean trusted() {
        return current().isPresent();
    }

    /** Stops leading, lets another begin at once, and stands for election no more. */
    public Future<Void> resign() {
        if (context == null) {
            gone.tryComplete();
        } else {
            context.runOnContext(_ -> on(new Outcome.Resigned()));
        }
        return gone.future();
    }

    private void on(Outcome outcome) {
        var move = candidacy.on(outcome, nanoTime.getAsLong());
        candidacy = move.candidacy();
        move.steps().forEach(this::take);
    }

    private void take(Step step) {
        switch (step) {
            case Step.Connect() -> connect();
            case Step.TryLock() -> ask(this::tryLock);
            case Step.WriteTerm() -> ask(this::writeTerm);
            case Step.ReadTerm(var term) -> ask(connection -> readTerm(connection, term));
            case Step.TellElected(var term) -> tellElected(term);
            case Step.TellDeposed(var term, var reason) -> tellDeposed(term, reason);
            case Step.HandOver(var term) -> handOver(term);
            case Step.Disconnect() -> disconnect();
            case Step.WakeAfter(var delay) -> wakeAfter(delay);
        }
    }

    private void connect() {
        databases
                .connect(lease)
                .onSuccess(this::connected)
                .onFailure(failure -> on(new Outcome.Doubted(message(failure))));
    }

    private void connected(Session opened) {
        session = opened;
        opened.connection()
                .closeHandler(_ -> answer(opened, new Outcome.Doubted("the database hung up")))
                .exceptionHandler(failure -> answer(opened, new Outcome.Doubted(message(failure))))
                .notificationHandler(_ -> answer(opened, new Outcome.Woken()))
                .query("listen " + RESIGNED)
                .execute()
                .onFailure(failure -> answer(opened, new Outcome.Doubted(message(failure))));
        on(new Outcome.Connected());
    }

    private void ask(Function<PgConnection, Future<Outcome>> question) {
        var asked = Objects.requireNonNull(session);
        question.apply(asked.connection())
                .otherwise(failure -> new Outcome.Doubted(message(failure)))
                .onSuccess(outcome -> answer(asked, outcome));
    }

    /** What an abandoned session still has to say is of no interest. */
    private void answer(Session asked, Outcome outcome) {
        if (asked == session) {
            on(outcome);
        }
    }

    /**
     * Asked only while the lock is not held: every further grant would need an unlock of its own.
     */
    private Future<Outcome> tryLock(PgConnection connection) {
        return connection
                .preparedQuery(TRY_LOCK)
                .execute(Tuple.of(LOCK))
                .map(rows -> rows.iterator().next().getBoolean(0))
                .map(granted -> {
                    if (granted == null) {
                        return new Outcome.Doubted("the database is a standby");
                    }
                    return granted ? new Outcome.Granted() : new Outcome.Refused();
                });
    }

    private Future<Outcome> writeTerm(PgConnection connection) {
        return connection
                .begin()
                .compose(transaction ->
                        connection
                                .preparedQuery(NEW_TERM)
                                .execute(Tuple.of(name, address))
                                .map(rows -> leader(rows.iterator().next()))
                                .compose(leader -> announce(connection, leader))
                                .compose(term -> transaction.commit().map(term)))
                .map(Outcome.Enthroned::new);
    }

    private Leader leader(Row row) {
        return new Leader(
                name,
                address,
                new Term(row.getLong("epoch"), row.getUUID("id")),
                row.getOffsetDateTime("since").toInstant());
    }

    private Future<Term> announce(PgConnection connection, Leader leader) {
        return append(
                        connection,
                        leader.term(),
                        Event.Type.LeaderElected,
                        name + " leads",
                        new Event.Change.PutLeader(leader))
                .map(leader.term());
    }

    private Future<?> append(
            PgConnection connection,
            Term term,
            Event.Type type,
            String reason,
            Event.Change change) {
        return connection
                .preparedQuery(APPEND)
                .execute(Tuple.of(term.epoch(), name, type.name(), reason, json.apply(change)));
    }

    private Future<Outcome> readTerm(PgConnection connection, Term term) {
        return connection
                .preparedQuery(READ_TERM)
                .execute(Tuple.of(term.epoch(), term.id()))
                .map(rows ->
                        rows.size() == 1
                                ? new Outcome.Confirmed()
                                : new Outcome.Doubted("another term has begun"));
    }

    private void tellElected(Term term) {
        LOG.info("leads, term {}", term.epoch());
        try {
            Objects.requireNonNull(leadership).elected(term);
        } catch (RuntimeException e) {
            LOG.error("cannot lead", e);
            vertx.runOnContext(_ -> on(new Outcome.Doubted("cannot lead: " + message(e))));
        }
    }

    private void tellDeposed(Term term, String reason) {
        LOG.info("leads no more, term {}: {}", term.epoch(), reason);
        try {
            Objects.requireNonNull(leadership).deposed(term, reason);
        } catch (RuntimeException e) {
            LOG.error("did not stop leading as it should", e);
        }
    }

    private void handOver(Term term) {
        var connection = Objects.requireNonNull(session).connection();
        append(
                        connection,
                        term,
                        Event.Type.LeaderResigned,
                        name + " resigned",
                        new Event.Change.Nothing())
                .transform(_ -> connection.preparedQuery(UNLOCK).execute(Tuple.of(LOCK)))
                .timeout(HAND_OVER.toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(_ -> disconnect());
    }

    private void disconnect() {
        vertx.cancelTimer(timer);
        if (session != null) {
            session.close();
            session = null;
        }
        if (candidacy instanceof Candidacy.Retired) {
            gone.tryComplete();
        }
    }

    private void wakeAfter(Duration delay) {
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(delay.toMillis() + 1, _ -> on(new Outcome.Ticked()));
    }

    private static String message(Throwable failure) {
        return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    }
}
