package io.autoserve.sources;

import io.autoserve.model.Hidden;
import java.io.IOException;
import java.sql.SQLException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Asks databases of users. Each question has a connection of its own, which may not write and ends
 * within seconds, so the database keeps no connection of AutoServe.
 */
final class PostgresDatabases {
    private static final int SECONDS = 5;

    private final PermittedHosts hosts;

    PostgresDatabases(PermittedHosts hosts) {
        this.hosts = hosts;
    }

    /**
     * @param url URL of the database
     * @throws IOException if the database does not answer with a number
     */
    double ask(Hidden url, String query) throws IOException {
        var database = DatabaseUrl.parse(url.reveal());
        // The driver gets the address that was checked, and not the name.
        var address = hosts.addresses(database.host())[0].getHostAddress();
        try (var connection = source(database, address).getConnection();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false); // only a transaction is read-only
            statement.setQueryTimeout(SECONDS);
            statement.setMaxRows(1);
            try (var rows = statement.executeQuery(query)) {
                if (!rows.next()) {
                    throw new IOException("the query has no row");
                }
                var number = rows.getDouble(1);
                if (rows.wasNull()) {
                    throw new IOException(
                            "the query returned null: use coalesce() to get a number");
                }
                return number;
            }
        } catch (SQLException failure) {
            throw new IOException("the database refused: " + failure.getMessage(), failure);
        }
    }

    private static PGSimpleDataSource source(DatabaseUrl database, String address) {
        var source = new PGSimpleDataSource();
        source.setServerNames(new String[] {address.contains(":") ? "[" + address + "]" : address});
        source.setPortNumbers(new int[] {database.port()});
        source.setDatabaseName(database.database());
        source.setUser(database.user());
        source.setPassword(database.password());
        source.setSslMode(database.sslMode());
        source.setReadOnly(true);
        source.setApplicationName("autoserve");
        source.setConnectTimeout(SECONDS);
        source.setLoginTimeout(SECONDS);
        source.setSocketTimeout(2 * SECONDS);
        return source;
    }
}
