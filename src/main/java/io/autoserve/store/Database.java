package io.autoserve.store;

import io.autoserve.model.Refusal;
import io.vertx.core.net.SocketAddress;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Transactions in straight lines. Blocks, so call it on virtual threads only. */
public final class Database {
    private static final int TRIES = 3;

    /** Work that was begun longer ago is not begun anew: whoever wanted it has asked elsewhere. */
    private static final Duration FRESH = Duration.ofSeconds(4);

    private final Pool pool;
    private final Standby standby;
    private final Supplier<Runnable> appends;
    private final LongSupplier nanoTime;

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
        this.pool = pool;
        this.standby = new Standby(pool);
        this.appends = appends;
        this.nanoTime = nanoTime;
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
        var done = retried("begin; set local synchronous_commit to local", work);
        awaitStandby(done.server);
        return done.committed;
    }

    /** The same, for who does not ask for the event. */
    public <T> T transaction(Function<Transaction, T> work) {
        return committed(work).result();
    }

    private void awaitStandby(SocketAddress server) {
        try {
            standby.caughtUp(server).await();
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
    }

    /** One consistent picture, at one moment, of all that {@code work} reads. */
    public <T> T snapshot(Function<Transaction, T> work) {
        return retried("begin isolation level repeatable read read only", work).committed.result();
    }

    private record Done<T>(Committed<T> committed, SocketAddress server) {}

    private <T> Done<T> retried(String begin, Function<Transaction, T> work) {
        var begun = nanoTime.getAsLong();
        for (var rest = TRIES - 1; ; rest--) {
            try {
                return once(begin, work);
            } catch (LostBeforeCommit lost) {
                if (rest == 0 || nanoTime.getAsLong() - begun > FRESH.toNanos()) {
                    throw new DatabaseAway(lost);
                }
            }
        }
    }

    private <T> Done<T> once(String begin, Function<Transaction, T> work) throws LostBeforeCommit {
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
