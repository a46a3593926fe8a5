package io.autoserve.store;

import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;

/** Transactions in straight lines. Blocks, so call it on virtual threads only. */
public final class Database {
    private final Pool pool;

    public Database(Pool pool) {
        this.pool = pool;
    }

    /** Commits what {@code work} did, or nothing of it. */
    public <T> T transaction(Function<Transaction, T> work) {
        return transaction("begin", work);
    }

    /** One consistent picture, at one moment, of all that {@code work} reads. */
    public <T> T snapshot(Function<Transaction, T> work) {
        return transaction("begin isolation level repeatable read read only", work);
    }

    private <T> T transaction(String begin, Function<Transaction, T> work) {
        var connection = pool.getConnection().await();
        try {
            connection.query(begin).execute().await();
            var result = work.apply(new Transaction(connection));
            connection.query("commit").execute().await();
            return result;
        } catch (Throwable failure) {
            rollBack(connection);
            throw failure;
        } finally {
            connection.close();
        }
    }

    private static void rollBack(SqlConnection connection) {
        try {
            connection.query("rollback").execute().await();
        } catch (RuntimeException lost) {
            // The server rolls back by itself what it lost the connection to.
        }
    }
}
