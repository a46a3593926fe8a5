package io.autoserve.store;

import org.flywaydb.core.Flyway;

/** Brings the database's tables up to what this version needs. */
public final class Migrations {
    private Migrations() {}

    /**
     * Several controllers may call it at once: Flyway locks.
     *
     * @throws org.flywaydb.core.api.FlywayException when the database cannot be reached
     */
    public static void run(String jdbcUrl, String user, String password) {
        Flyway.configure()
                .dataSource(jdbcUrl, user, password)
                .locations("classpath:migrations")
                .connectRetries(300) // the database may start after us
                .connectRetriesInterval(
                        2) // seconds at most; Flyway would wait two minutes in the end
                .outOfOrder(true) // numbers are given out before changes are finished
                .ignoreMigrationPatterns("*:missing", "*:future") // those of a newer version
                .load()
                .migrate();
    }
}
