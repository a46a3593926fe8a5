package io.autoserve.store;

import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Refusal;
import io.autoserve.time.Time;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Runs transactions as straight-line code. Its methods block, so call them on virtual threads only.
 *
 * <p>A request with an idempotency key ({@link IdempotentRequest}) runs at most once, on whichever
 * controller, even if one of them was frozen. The key is inserted in the same transaction as the
 * work, so only one attempt can commit. The others return its stored answer. A failover that loses
 * the key also loses the work.
 *
 * <p>A request is accepted for five minutes after it was sent, and its key is kept for ten minutes.
 * Both times are measured by the clock of the same database. All attempts of one request together
 * take less than the remaining five minutes. Therefore no attempt is accepted after the key of an
 * earlier attempt may have been deleted.
 */
public final class Database {
    private static final String WRITE = "begin; set local synchronous_commit to local";
    private static final String READ = "begin isolation level repeatable read read only";
    private static final int TRIES = 3;

    /**
     * Work that began longer ago than this is not repeated, because by then the client has sent its
     * request to another controller.
     */
    private static final Duration FRESH = Duration.ofSeconds(4);

    private final Pool pool;
    private final Standby standby;
    private final Supplier<String> problem;
    private final boolean replicated;
    private final Supplier<Runnable> appends;
    private final Time time;

    /**
     * @param seq sequence number of the last event that the transaction appended; 0 if it appended
     *     none. A caller can wait until a view has seen this event
     */
    public record Committed<T>(T result, long seq) {}

    /**
     * @param server returns the database that a connection leads to
     */
    public Database(Pool pool, Function<SqlConnection, SocketAddress> server) {
        this(pool, server, () -> "", false, () -> () -> {}, Time.system());
    }

    /**
     * @param server returns the database that a connection leads to
     * @param problem returns why no connection can be opened now; empty if nothing is known
     * @param replicated whether the primary should have a standby
     * @param appends starts measuring one append of an event, and returns the action that ends the
     *     measurement
     */
    public Database(
            Pool pool,
            Function<SqlConnection, SocketAddress> server,
            Supplier<String> problem,
            boolean replicated,
            Supplier<Runnable> appends,
            Time time) {
        this.pool = pool;
        this.standby = new Standby(pool, server, time);
        this.problem = problem;
        this.replicated = replicated;
        this.appends = appends;
        this.time = time;
    }

    /**
     * Commits all changes of {@code work} or none, and returns once the standby has them too. If
     * the connection is lost before the commit, {@code work} runs again, unless it began longer
     * than {@link #FRESH} ago.
     *
     * <p>The commit itself does not wait for the standby. Until it ends, the transaction holds the
     * lock on the order of events, so all other writers would wait as well. Other transactions may
     * therefore see a change before the standby has it, and a failover can lose that change. If
     * {@code work} finds such a change already made, it writes nothing. For that reason, this
     * method waits for the standby even if the transaction wrote nothing.
     *
     * @throws DatabaseAway if the database does not answer or lacks a resource, or if it is not
     *     certain that the standby has the committed changes
     */
    public <T> Committed<T> committed(Function<Transaction, T> work) {
        return onStandby(retried(WRITE, work));
    }

    /**
     * Commits like {@link #committed}, but at most once for a request with an idempotency key. If
     * the request is already done, this returns its stored answer, and the seq of the last event in
     * the log.
     *
     * @param type type of the answer, which must have a JSON form
     * @throws Refusal also if the key belongs to a different request, or if the request is so old
     *     that its key may have been deleted
     */
    <T> Committed<T> committedOnce(By by, Class<T> type, Function<Transaction, T> work) {
        return committedOnce(by, AnswerForm.whole(type), work);
    }

    /**
     * @param form the form in which the answer is stored
     */
    <T> Committed<T> committedOnce(By by, AnswerForm<T> form, Function<Transaction, T> work) {
        var once = by.request();
        if (once == null) {
            return committed(transaction -> {
                transaction.from(by);
                return work.apply(transaction);
            });
        }
        try {
            return committed(transaction -> {
                transaction.from(by);
                var answer = work.apply(transaction);
                IdempotencyTable.keep(transaction, once, form.write(answer));
                return answer;
            });
        } catch (Refusal refused) {
            return answered(once, form).orElseThrow(() -> refused);
        } catch (PgException refused) {
            if (IdempotencyTable.kept(refused)) {
                return answered(once, form).orElseThrow(() -> refused);
            }
            throw IdempotencyTable.refusal(refused);
        }
    }

    /** Commits like {@link #committedOnce}, for callers that do not need the event's seq. */
    <T> T once(By by, Class<T> type, Function<Transaction, T> work) {
        return committedOnce(by, type, work).result();
    }

    /**
     * Returns the stored answer of the request, or empty if it is not done. This is also called
     * when {@code work} refused the request, because the reason may be that an earlier attempt has
     * already done it.
     */
    private <T> Optional<Committed<T>> answered(IdempotentRequest once, AnswerForm<T> form) {
        Function<Transaction, Optional<Committed<T>>> look =
                transaction ->
                        IdempotencyTable.answer(transaction, once, form)
                                .map(it -> new Committed<>(it, StateReader.lastSeq(transaction)));
        return onStandby(retried(READ, look)).result();
    }

    /** Commits like {@link #committed}, for callers that do not need the event's seq. */
    public <T> T transaction(Function<Transaction, T> work) {
        return committed(work).result();
    }

    /**
     * Returns whether the primary acknowledged the last commit alone although it should have a
     * standby. If the primary fails now, that commit is lost.
     */
    boolean lacksStandby() {
        return replicated && standby.absent();
    }

    private <T> Committed<T> onStandby(Done<T> done) {
        try {
            standby.caughtUp(done.server).await();
            return done.committed;
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
    }

    /** Reads everything in {@code work} from one consistent snapshot. */
    public <T> T snapshot(Function<Transaction, T> work) {
        return retried(READ, work).committed.result();
    }

    /**
     * Reads like {@link #snapshot}, and returns once the standby has everything that was read, so
     * that no failover loses it.
     *
     * @throws DatabaseAway if the database does not answer, or if it is not certain that the
     *     standby has what was read
     */
    public <T> T replicatedSnapshot(Function<Transaction, T> work) {
        return onStandby(retried(READ, work)).result();
    }

    private record Done<T>(Committed<T> committed, SocketAddress server) {}

    private <T> Done<T> retried(String begin, Function<Transaction, T> work) {
        var begun = time.nanoTime();
        for (var rest = TRIES - 1; ; rest--) {
            try {
                return tried(begin, work);
            } catch (LostBeforeCommit lost) {
                if (rest == 0 || time.nanoTime() - begun > FRESH.toNanos()) {
                    throw new DatabaseAway(lost);
                }
            }
        }
    }

    private <T> Done<T> tried(String begin, Function<Transaction, T> work) throws LostBeforeCommit {
        SqlConnection connection;
        try {
            connection = pool.getConnection().await();
        } catch (Throwable away) {
            throw DatabaseAway.withoutConnection(away, problem.get());
        }
        try {
            var transaction = Transaction.begin(connection, begin, appends);
            var result = done(connection, transaction, work);
            commit(transaction);
            return new Done<>(
                    new Committed<>(result, transaction.lastSeq()), standby.server(connection));
        } finally {
            connection.close();
        }
    }

    private <T> T done(
            SqlConnection connection, Transaction transaction, Function<Transaction, T> work)
            throws LostBeforeCommit {
        try {
            return work.apply(transaction);
        } catch (Refusal | Deposed answer) {
            rollBack(connection);
            throw answer;
        } catch (PgException refused) {
            rollBack(connection);
            throw notCommitted(refused);
        } catch (Throwable failure) {
            rollBack(connection);
            if (transaction.failed() || failure instanceof InterruptedException) {
                throw new LostBeforeCommit(failure);
            }
            throw failure; // an error in work, not of the database
        }
    }

    /** Commits. If the server is lost after the commit was sent, the outcome is unknown. */
    private static void commit(Transaction transaction) throws LostBeforeCommit {
        var committed = transaction.commit();
        try {
            transaction.settle();
        } catch (PgException refused) {
            throw notCommitted(refused);
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
        try {
            committed.await();
        } catch (PgException refused) {
            throw ended(refused) ? new DatabaseAway(refused) : unlessShortage(refused);
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
    }

    /**
     * Returns an error that the server reported before the commit, when nothing was committed yet.
     * Throws {@link LostBeforeCommit} instead if {@code work} may run again.
     */
    private static RuntimeException notCommitted(PgException refused) throws LostBeforeCommit {
        if (ended(refused)) {
            throw new LostBeforeCommit(refused);
        }
        return unlessShortage(refused);
    }

    /**
     * Converts the error to {@link DatabaseAway} if PostgreSQL lacks a resource. Returns any other
     * error unchanged.
     */
    private static RuntimeException unlessShortage(PgException refused) {
        return Shortage.of(refused).isPresent() ? new DatabaseAway(refused) : refused;
    }

    /**
     * Returns whether the server shut down or cancelled the statement (class 57), or ended an idle
     * transaction (25P03).
     */
    private static boolean ended(PgException refused) {
        return refused.getSqlState().startsWith("57") || refused.getSqlState().equals("25P03");
    }

    private static void rollBack(SqlConnection connection) {
        try {
            connection.query("rollback").execute().await();
        } catch (Throwable lost) {
            // The server automatically rolls back the transaction of a lost connection.
        }
    }

    private static final class LostBeforeCommit extends Exception {
        private static final long serialVersionUID = 1L;

        LostBeforeCommit(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }
}
