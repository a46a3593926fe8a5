package io.autoserve.store;

import io.vertx.pgclient.PgException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;

/** Upgrades the database's tables to what this version needs. */
public final class Migrations {
    /** The versions of all migration files, which are the numbers in their names. */
    static final Set<String> VERSIONS =
            Set.of("101", "102", "103", "104", "105", "106", "107", "108", "109");

    /**
     * The oldest supported version. Tables of lower versions come from development versions that
     * were never released.
     */
    private static final MigrationVersion OLDEST = MigrationVersion.fromVersion("101");

    /**
     * Timeouts in seconds. They are necessary, because a frozen server accepts connections but does
     * not answer. No migration takes longer than {@code socketTimeout}.
     */
    private static final String TIMEOUTS = "&connectTimeout=2&loginTimeout=5&socketTimeout=300";

    private static final int LOST_FOR_A_MOMENT = 10;

    private static final String APPLIED =
            "select version from flyway_schema_history where success and version is not null";

    private Migrations() {}

    /**
     * Returns whether all migrations have run already. One query is enough to know this. Flyway
     * would also compare the contents of the files, and that takes a fifth of the time that a
     * controller needs to start.
     *
     * @throws DatabaseAway if the database does not answer
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
     * Runs the missing migrations. Several controllers may call it at once, because Flyway takes a
     * lock.
     *
     * @throws org.flywaydb.core.api.FlywayException when the database cannot be reached for some 20
     *     seconds, or a migration fails
     * @throws IllegalStateException if an unreleased version of AutoServe created the tables
     */
    public static void run(String jdbcUrl, String user, String password) {
        var flyway =
                Flyway.configure()
                        .dataSource(jdbcUrl + TIMEOUTS, user, password)
                        .locations("classpath:migrations")
                        .connectRetries(LOST_FOR_A_MOMENT)
                        .connectRetriesInterval(
                                2) // seconds at most; Flyway's default is two minutes
                        .ignoreMigrationPatterns(
                                "*:missing", "*:future") // migrations of a newer version
                        .load();
        requireReleased(flyway.info().applied());
        flyway.migrate();
    }

    private static void requireReleased(MigrationInfo... applied) {
        for (var migration : applied) {
            var version = migration.getVersion();
            if (version != null && version.compareTo(OLDEST) < 0) {
                throw new IllegalStateException(
                        "an unreleased version of AutoServe created the tables of this database (version %s), and no version can upgrade them: remove the data with './autoserve platform down --volumes', or the folder .autoserve/postgres of './autoserve dev', and start again"
                                .formatted(version));
            }
        }
    }
}
