package io.autoserve.testing;

import io.autoserve.Settings.Postgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a PostgreSQL that keeps its data and its port when it is stopped and started again. */
public final class EmbeddedDatabase implements AutoCloseable {
    private final Path folder;
    private final int port;
    private @Nullable EmbeddedPostgres server;

    EmbeddedDatabase(Path folder, int port) {
        this.folder = folder;
        this.port = port;
        start();
    }

    Postgres settings() {
        return new Postgres("127.0.0.1:" + port, "postgres", "postgres", "");
    }

    public int port() {
        return port;
    }

    public void start() {
        try {
            server =
                    EmbeddedPostgres.builder()
                            .setPort(port)
                            .setDataDirectory(folder.resolve("data"))
                            .setCleanDataDirectory(false)
                            .setPGStartupWait(Eventually.PATIENCE)
                            .setLocaleConfig("locale", "C")
                            .setServerConfig("fsync", "off")
                            .setServerConfig("unix_socket_directories", "")
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void stop() {
        if (server == null) {
            return;
        }
        try {
            server.close();
            server = null;
            awaitStopped(folder.resolve("data"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until no server uses the folder. The library's own {@code close()} waits at most five
     * seconds for a server to stop.
     */
    static void awaitStopped(Path data) {
        var pid = data.resolve("postmaster.pid");
        Eventually.await("no server uses " + data, () -> Files.exists(pid), exists -> !exists);
    }

    public void execute(String sql) {
        if (server == null) {
            throw new IllegalStateException("the database is stopped");
        }
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** Runs the query and returns the first column of its rows. */
    public List<String> query(String sql) {
        if (server == null) {
            throw new IllegalStateException("the database is stopped");
        }
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            var values = new ArrayList<String>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    @Override
    public void close() {
        stop();
    }
}
