package io.autoserve.cluster;

import io.vertx.core.Future;
import io.vertx.pgclient.PgConnection;
import java.util.Map;

/** A connection to the primary that only the election uses. Its session may hold the lock. */
public interface LeaseConnection {

    /** Opens connections for the election. */
    @FunctionalInterface
    interface Source {
        /**
         * Connects to the primary.
         *
         * @param settings settings of the session, by their names in PostgreSQL
         * @return a connection; fails within about two seconds if there is no primary
         */
        Future<? extends LeaseConnection> connect(Map<String, String> settings);
    }

    /**
     * Returns the connection. Callers must close this object and not the connection, because
     * closing the connection sends a termination message first and then waits forever if the
     * database is dead.
     */
    PgConnection connection();

    /**
     * Closes the connection at once, without waiting for the database. May be called more than
     * once.
     */
    void close();
}
