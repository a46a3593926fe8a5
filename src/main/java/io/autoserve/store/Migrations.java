package io.autoserve.store;

import io.vertx.pgclient.PgException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.flywaydb.core.Flyway;

/** Brings the database's tables up to what this version needs. */
public final class Migrations {
    /** The whole folder's, by the numbers in the names of its files. */
    static final Set<String> VERSIONS =
            Set.of("1", "2", "3", "4", "6", "6.1", "7", "8", "8.1", "9", "11", "14");

    /**
     * A server that is frozen takes connections and says nothing. No migration takes longer than
     * the last of these, in seconds.
     */
    private static final String PATIENCE = "&connectTimeout=2&loginTimeout=5&socketTimeout=300";

    private static final int LOST_FOR_A_MOMENT = 10;

    private static final String APPLIED =
            "select version from flyway_schema_history where success and version is not null";

    private Migrations() {}

    /**
     * Whether there is nothing to run, which costs one question. Flyway, which also compares what
     * the files say, costs a fifth of a controller's start.
     *
     * @throws DatabaseAway where it cannot be asked now
     */
    public static boolean done(Database database) {
        try {
            return database.snapshot(Migrations::applied).containsAll(VERSIONS);
        } catch (PgException neverRun) {
            return false;
        }
    }

    private static Set<String> applied(Transaction transaction) {
        return StreamSupport.stream(transaction.run(APPLIED).spliterator(), false)
                .map(row -> row.getString(0))
                .collect(Collectors.toSet());
    }

    /**
     * Several controllers may call it at once: Flyway locks.
     *
     * @throws org.flywaydb.core.api.FlywayException when the database cannot be reached for some 20
     *     seconds, or a migration fails
     */
    public static void run(String jdbcUrl, String user, String password) {
        Flyway.configure()
                .dataSource(jdbcUrl + PATIENCE, user, password)
                .locations("classpath:migrations")
                .connectRetries(LOST_FOR_A_MOMENT)
                .connectRetriesInterval(2) // seconds at most; its own last one is two minutes
                .outOfOrder(true) // numbers are given out before changes are finished
                .ignoreMigrationPatterns("*:missing", "*:future") // those of a newer version
                .load()
                .migrate();
    }
}
