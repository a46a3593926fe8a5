package io.autoserve.store;

import io.autoserve.model.Refusal;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;
import java.util.function.Supplier;

/** Transactions in straight lines. Blocks, so call it on virtual threads only. */
public final class Database {
    private static final int TRIES = 3;

    private final Pool pool;
    private final Standby standby;
    private final Supplier<Runnable> appends;

    public Database(Pool pool) {
        this(pool, () -> () -> {});
    }

    /**
     * @param appends starts a watch on an append of an event; what it answers stops it
     */
    public Database(Pool pool, Supplier<Runnable> appends) {
        this.pool = pool;
        this.standby = new Standby(pool);
        this.appends = appends;
    }

    /**
     * Commits what {@code work} did, or nothing of it, and returns when the standby has it too.
     * Where the connection is lost before the commit, {@code work} is done anew.
     *
     * <p>The commit itself waits for no standby: until it is over it keeps all others waiting who
     * append events, whose order it holds. So others may see what a failover then takes back, as
     * may {@code work} that finds its wish done already; hence the wait, whatever was written.
     *
     * @throws DatabaseAway where the database does not answer, or where it is not certain that the
     *     standby has what was committed
     */
    public <T> T transaction(Function<Transaction, T> work) {
        var result = retried("begin; set local synchronous_commit to local", work);
        awaitStandby();
        return result;
    }

    private void awaitStandby() {
        try {
            standby.caughtUp().await();
        } catch (Throwable uncertain) {
            throw new DatabaseAway(uncertain);
        }
    }

    /** One consistent picture, at one moment, of all that {@code work} reads. */
    public <T> T snapshot(Function<Transaction, T> work) {
        return retried("begin isolation level repeatable read read only", work);
    }

    private <T> T retried(String begin, Function<Transaction, T> work) {
        for (var rest = TRIES - 1; ; rest--) {
            try {
                return once(begin, work);
            } catch (LostBeforeCommit lost) {
                if (rest == 0) {
                    throw new DatabaseAway(lost);
                }
            }
        }
    }

    private <T> T once(String begin, Function<Transaction, T> work) throws LostBeforeCommit {
        SqlConnection connection;
        try {
            connection = pool.getConnection().await();
        } catch (Throwable away) {
            throw new DatabaseAway(away);
        }
        try {
            var result = done(connection, begin, work);
            commit(connection);
            return result;
        } finally {
            connection.close();
        }
    }

    private <T> T done(SqlConnection connection, String begin, Function<Transaction, T> work)
            throws LostBeforeCommit {
        try {
            var transaction = Transaction.begin(connection, begin, appends);
            var result = work.apply(transaction);
            transaction.settle();
            return result;
        } catch (Refusal | Deposed answer) {
            rollBack(connection);
            throw answer;
        } catch (PgException refused) {
            rollBack(connection);
            if (ended(refused)) {
                throw new LostBeforeCommit(refused);
            }
            throw refused;
        } catch (Throwable lost) {
            rollBack(connection);
            throw new LostBeforeCommit(lost);
        }
    }

    /** The server ended the session: shut down (class 57), or tired of waiting for us (25P03). */
    private static boolean ended(PgException refused) {
        return refused.getSqlState().startsWith("57") || refused.getSqlState().equals("25P03");
    }

    private static void commit(SqlConnection connection) {
        try {
            connection.query("commit").execute().await();
        } catch (PgException refused) {
            throw refused;
        } catch (Throwable lost) {
            throw new DatabaseAway(lost);
        }
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
