package io.autoserve.cli.doctor;

import static java.util.Objects.requireNonNull;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.autoserve.cli.client.Trust;
import io.autoserve.cli.doctor.Facts.Clock;
import io.autoserve.cli.doctor.Facts.Server;
import io.autoserve.cli.doctor.Facts.Server.ServerState;
import io.autoserve.store.JdbcUrl;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Optional;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Reads the state of one database server over PostgreSQL's protocol. It changes nothing.
 *
 * @param authority the CA of the server's certificate, in PEM; null means a connection without TLS
 */
record DatabaseCheck(String address, String user, String password, @Nullable Path authority) {
    private static final String DATABASE = "autoserve";
    private static final String SECONDS = "5";

    /**
     * @param clock empty if the server did not answer
     */
    record SeenDatabase(Server server, Optional<Clock> clock) {}

    SeenDatabase read(InstantSource clock) {
        try (var connection = connect();
                var statement = connection.createStatement()) {
            var before = clock.instant();
            try (var row =
                    statement.executeQuery(
                            "select pg_is_in_recovery(), clock_timestamp(),"
                                    + " current_setting('server_version')")) {
                row.next();
                var passed = Duration.between(before, clock.instant());
                var theirs = row.getObject(2, OffsetDateTime.class).toInstant();
                var version = requireNonNull(row.getString(3)).replaceFirst(" .*", "");
                return new SeenDatabase(
                        new Server(
                                address,
                                row.getBoolean(1)
                                        ? new ServerState.Follows(version)
                                        : leads(version),
                                certified(clock)),
                        Optional.of(
                                new Clock(
                                        "the clock of the database at " + address,
                                        Duration.between(
                                                before.plus(passed.dividedBy(2)), theirs))));
            }
        } catch (SQLException | FlywayException e) {
            var state = refuses(e) ? new ServerState.Refuses() : new ServerState.Down(firstLine(e));
            return new SeenDatabase(new Server(address, state, Optional.empty()), Optional.empty());
        }
    }

    private Optional<Duration> certified(InstantSource clock) {
        return Optional.ofNullable(authority)
                .flatMap(file -> ShownCertificate.end(address, new Trust(file)))
                .map(end -> Duration.between(clock.instant(), end));
    }

    /**
     * Returns whether the server refused the login. The server reports a SQLSTATE of class 28. The
     * driver reports 08004 if it has no password to send.
     */
    private static boolean refuses(Exception e) {
        return e instanceof SQLException sql
                && String.valueOf(sql.getSQLState()).matches("28...|08004");
    }

    private Connection connect() throws SQLException {
        var properties = new Properties();
        properties.put("user", user);
        properties.put("password", password);
        properties.put("loginTimeout", SECONDS);
        properties.put("socketTimeout", SECONDS);
        properties.put("ApplicationName", "autoserve-doctor");
        return DriverManager.getConnection(jdbc(), properties);
    }

    private String jdbc() {
        return JdbcUrl.of(address, DATABASE, authority);
    }

    private ServerState leads(String version) {
        ((Logger) LoggerFactory.getLogger("org.flywaydb")).setLevel(Level.OFF); // Flyway logs a lot
        var info =
                Flyway.configure()
                        .dataSource(jdbc(), user, password)
                        .locations("classpath:migrations")
                        .load()
                        .info();
        var newest = info.current();
        return new ServerState.Leads(
                version,
                newest == null ? "0" : String.valueOf(newest.getVersion()),
                info.pending().length,
                unknown(info.applied()));
    }

    /**
     * Returns how many migrations a newer version has applied. This version has no file for them.
     */
    private static int unknown(MigrationInfo... applied) {
        return (int)
                Arrays.stream(applied)
                        .filter(it -> it.getState().isApplied() && !it.getState().isResolved())
                        .count();
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    }
}
