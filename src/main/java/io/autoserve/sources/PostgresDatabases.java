package io.autoserve.sources;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Hidden;
import io.autoserve.outbound.GuardedNames;
import java.io.IOException;
import java.net.URLEncoder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Asks databases of users. Each question has a connection of its own, which may not write and ends
 * within seconds, so the database keeps no connection of AutoServe.
 */
final class PostgresDatabases {
    private static final int SECONDS = 5;

    private final GuardedNames names;

    PostgresDatabases(GuardedNames names) {
        this.names = names;
    }

    /**
     * @param url URL of the database
     * @throws IOException if the database does not answer with a number
     */
    double ask(Hidden url, String query) throws IOException {
        var database = DatabaseUrl.parse(url.reveal());
        // The driver gets the address that was checked, and not the name.
        var address = names.resolve(database.host())[0].getHostAddress();
        try (var connection = connect(database, address);
                var statement = connection.createStatement()) {
            // Only a transaction is read-only. The spec permits a single statement, so that the
            // query cannot end the transaction and write after it.
            connection.setAutoCommit(false);
            statement.setQueryTimeout(SECONDS);
            statement.setMaxRows(1);
            try (var rows = statement.executeQuery(query)) {
                if (!rows.next()) {
                    throw new IOException("the query has no row");
                }
                return number(rows);
            }
        } catch (SQLException failure) {
            throw new IOException("the database refused: " + failure.getMessage(), failure);
        }
    }

    private static double number(ResultSet rows) throws IOException {
        try {
            var number = rows.getDouble(1);
            if (rows.wasNull()) {
                throw new IOException("the query returned null: use coalesce() to get a number");
            }
            return number;
        } catch (SQLException quotesTheValue) {
            throw new IOException("the first column of the query is not a number");
        }
    }

    private static Connection connect(DatabaseUrl database, String address) throws SQLException {
        var host = address.contains(":") ? "[" + address + "]" : address;
        var name = URLEncoder.encode(database.database(), UTF_8);
        var options = new Properties();
        options.setProperty("user", database.user());
        options.setProperty("password", database.password());
        options.setProperty("sslmode", database.sslMode());
        options.setProperty("readOnly", "true");
        options.setProperty("ApplicationName", "autoserve");
        options.setProperty("connectTimeout", String.valueOf(SECONDS));
        options.setProperty("loginTimeout", String.valueOf(SECONDS));
        options.setProperty("socketTimeout", String.valueOf(2 * SECONDS));
        var url = "jdbc:postgresql://%s:%d/%s".formatted(host, database.port(), name);
        return DriverManager.getConnection(url, options);
    }
}
