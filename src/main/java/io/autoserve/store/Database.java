package io.autoserve.store;

import io.autoserve.model.Errand;
import io.autoserve.model.Refusal;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Transactions in straight lines. Blocks, so call it on virtual threads only.
 *
 * <p>An errand is done at most once, whoever is asked for it, and however long who was asked was
 * frozen meanwhile: its key is inserted in the transaction that does it, so whichever of several
 * commits first keeps the others from committing, and these answer what the first would have. A key
 * is kept for twice as long as a transaction with it is let in, by the clock of the same database,
 * and all tries of one request take less than that difference: so nobody is let in when the key of
 * another try may be forgotten. A failover that takes the key back takes back what was done.
 */
public final class Database {
    private static final String WRITE = "begin; set local synchronous_commit to local";
    private static final String READ = "begin isolation level repeatable read read only";
    private static final int TRIES = 3;

    /** Work that was begun longer ago is not begun anew: whoever wanted it has asked elsewhere. */
    private static final Duration FRESH = Duration.ofSeconds(4);

    private final Pool pool;
    private final Standby standby;
    private final Supplier<Runnable> appends;
    private final LongSupplier nanoTime;
    private final @Nullable Errand errand;

    /**
     * @param seq of the last event that it appended, to wait for in a view; 0 where it appended
     *     none
     */
    public record Committed<T>(T result, long seq) {}

    public Database(Pool pool) {
        this(pool, () -> () -> {}, System::nanoTime);
    }

    /**
     * @param appends starts a watch on an append of an event; what it answers stops it
     */
    public Database(Pool pool, Supplier<Runnable> appends, LongSupplier nanoTime) {
        this(pool, new Standby(pool), appends, nanoTime, null);
    }

    private Database(
            Pool pool,
            Standby standby,
            Supplier<Runnable> appends,
            LongSupplier nanoTime,
            @Nullable Errand errand) {
        this.pool = pool;
        this.standby = standby;
        this.appends = appends;
        this.nanoTime = nanoTime;
        this.errand = errand;
    }

    /** The same, for whom {@link #committedOnce} is about this errand. */
    Database on(Errand errand) {
        return new Database(pool, standby, appends, nanoTime, errand);
    }

    /** For a part of the errand, where there is one. */
    Database part(String name) {
        return errand == null ? this : on(errand.part(name));
    }

    /**
     * Commits what {@code work} did, or nothing of it, and returns when the standby has it too.
     * Where the connection is lost before the commit, {@code work} is done anew, while it is fresh.
     *
     * <p>The commit itself waits for no standby: until it is over it keeps all others waiting who
     * append events, whose order it holds. So others may see what a failover then takes back, as
     * may {@code work} that finds its wish done already; hence the wait, whatever was written.
     *
     * @throws DatabaseAway where the database does not answer, or where it is not certain that the
     *     standby has what was committed
     */
    public <T> Committed<T> committed(Function<Transaction, T> work) {
        return onStandby(retried(WRITE, work));
    }

    /**
     * The same, and where there is an errand, not if that is done already: then the answer is what
     * it was, and seq that of the last event there is.
     *
     * @param type of the answer, which has a form in JSON
     * @throws Refusal also where the errand's key is that of another one, or was asked for too long
     *     ago to know
     */
    <T> Committed<T> committedOnce(Class<T> type, Function<Transaction, T> work) {
        var once = errand;
        if (once == null) {
            return committed(work);
        }
        try {
            return committed(transaction -> {
                var answer = work.apply(transaction);
                Errands.keep(transaction, once, answer);
                return answer;
            });
        } catch (Refusal refused) {
            return answered(once, type).orElseThrow(() -> refused);
        } catch (PgException refused) {
            if (Errands.kept(refused)) {
                return answered(once, type).orElseThrow(() -> refused);
            }
            throw Errands.refusal(refused);
        }
    }

    /** The same, for who does not ask for the event. */
    <T> T once(Class<T> type, Function<Transaction, T> work) {
        return committedOnce(type, work).result();
    }

    /** Who asks for what is done already may be refused for that very reason. */
    private <T> Optional<Committed<T>> answered(Errand once, Class<T> type) {
        Function<Transaction, Optional<Committed<T>>> look =
                transaction ->
                        Errands.answer(transaction, once, type)
                                .map(it -> new Committed<>(it, Truth.lastSeq(transaction)));
        return onStandby(retried(READ, look)).result();
    }

    /** The same, for who does not ask for the event. */
    public <T> T transaction(Function<Transaction, T> work) {
        return committed(work).result();
    }

    private <T> Committed<T> onStandby(Done<T> done) {
        try {
            standby.caughtUp(done.server).await();
            return done.committed;
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
    }

    /** One consistent picture, at one moment, of all that {@code work} reads. */
    public <T> T snapshot(Function<Transaction, T> work) {
        return retried(READ, work).committed.result();
    }

    private record Done<T>(Committed<T> committed, SocketAddress server) {}

    private <T> Done<T> retried(String begin, Function<Transaction, T> work) {
        var begun = nanoTime.getAsLong();
        for (var rest = TRIES - 1; ; rest--) {
            try {
                return tried(begin, work);
            } catch (LostBeforeCommit lost) {
                if (rest == 0 || nanoTime.getAsLong() - begun > FRESH.toNanos()) {
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
            throw new DatabaseAway(away);
        }
        try {
            var transaction = Transaction.begin(connection, begin, appends);
            var result = done(connection, transaction, work);
            commit(transaction);
            return new Done<>(
                    new Committed<>(result, transaction.lastSeq()), Standby.server(connection));
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
        } catch (Throwable lost) {
            rollBack(connection);
            throw new LostBeforeCommit(lost);
        }
    }

    /** A server that is lost from here on has committed, or has not. */
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
            throw ended(refused) ? new DatabaseAway(refused) : refused;
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
    }

    /** What the server says no to before the commit, it does not commit. */
    private static PgException notCommitted(PgException refused) throws LostBeforeCommit {
        if (ended(refused)) {
            throw new LostBeforeCommit(refused);
        }
        return refused;
    }

    /** The server shut down or was tired of the statement (class 57), or of us (25P03). */
    private static boolean ended(PgException refused) {
        return refused.getSqlState().startsWith("57") || refused.getSqlState().equals("25P03");
    }

    private static void rollBack(SqlConnection connection) {
        try {
            connection.query("rollback").execute().await();
        } catch (Throwable lost) {
            // The server rolls back by itself what it lost the connection to.
        }
    }

    private static final class LostBeforeCommit extends Exception {
        private static final long serialVersionUID = 1L;

        LostBeforeCommit(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }
}
