package io.autoserve.cli.dev;

import io.autoserve.Settings.Postgres;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.LocalPorts;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * A PostgreSQL server with its data in the dev folder. The server is a separate process and
 * survives when the controller is killed. {@link #stopLeftover} stops such a server.
 */
record DevDatabase(EmbeddedPostgres server, String version) implements AutoCloseable {
    private static final int FIRST_PORT = 54321;
    private static final String FINISHED = "autoserve-made-this";
    private static final String NAME = "autoserve";
    private static final String USER = "postgres";
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration STOPPING = Duration.ofSeconds(10);

    static DevDatabase start(DevFolder folder) throws IOException, SQLException {
        stopLeftover(folder);
        discardUnfinished(folder);
        if (!Files.exists(folder.database())) {
            forgetRoutes(folder);
        }
        Files.createDirectories(folder.databasePrograms());
        var server =
                EmbeddedPostgres.builder()
                        .setDataDirectory(folder.database())
                        .setCleanDataDirectory(false)
                        .setOverrideWorkingDirectory(folder.databasePrograms().toFile())
                        .setRegisterShutdownHook(false) // the controller must stop first
                        .setPort(LocalPorts.firstFree(FIRST_PORT))
                        .setPGStartupWait(PATIENCE)
                        .setOutputRedirector(Redirect.appendTo(folder.log("postgres.log").toFile()))
                        .setLocaleConfig("locale", "C")
                        .setServerConfig("fsync", "on") // the library disables this for tests
                        .setServerConfig("synchronous_commit", "on") // and this
                        .setServerConfig("unix_socket_directories", "")
                        .setServerConfig("max_connections", "100")
                        .start();
        var database = new DevDatabase(server, prepare(server));
        Files.writeString(folder.database().resolve(FINISHED), database.version());
        return database;
    }

    /**
     * Deletes the data if the first start was killed before it was complete. PostgreSQL cannot
     * start with such data.
     */
    private static void discardUnfinished(DevFolder folder) throws IOException {
        if (!Files.exists(folder.database()) || Files.exists(folder.database().resolve(FINISHED))) {
            return;
        }
        try (var files = Files.walk(folder.database())) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /**
     * Deletes the route tables and certificates of an earlier database, which somebody has removed.
     * A new database counts its events from 1 again. nginx would therefore take its route tables
     * for older ones and refuse them.
     */
    private static void forgetRoutes(DevFolder folder) throws IOException {
        if (!Files.isDirectory(folder.proxy())) {
            return;
        }
        try (var files = Files.newDirectoryStream(folder.proxy(), "{table,certificates}-*.json")) {
            for (var file : files) {
                Files.delete(file);
            }
        }
    }

    private static String prepare(EmbeddedPostgres server) throws SQLException {
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            var existing =
                    statement.executeQuery(
                            "select from pg_database where datname = '" + NAME + "'");
            if (!existing.next()) {
                statement.execute("create database " + NAME);
            }
            return connection.getMetaData().getDatabaseProductVersion();
        }
    }

    int port() {
        return server.getPort();
    }

    Postgres settings() {
        return new Postgres("127.0.0.1:" + port(), NAME, USER, "");
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    /**
     * Stops a server that a killed controller left behind.
     *
     * @return whether there was such a server
     */
    static boolean stopLeftover(DevFolder folder) {
        var leftover = leftover(folder);
        leftover.ifPresent(postmaster -> stop(postmaster, folder.database()));
        return leftover.isPresent();
    }

    private static Optional<ProcessHandle> leftover(DevFolder folder) {
        try {
            var lines = Files.readAllLines(folder.database().resolve("postmaster.pid"));
            return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                    .filter(process -> serves(process, folder.database()));
        } catch (IOException | NumberFormatException | NoSuchElementException _) {
            return Optional.empty();
        }
    }

    /**
     * Returns whether the process is the server of this data folder. The server's working directory
     * is its data folder. The pid alone is no proof, because another process may have that pid by
     * now.
     */
    private static boolean serves(ProcessHandle process, Path data) {
        try {
            var folder = Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"));
            return Files.isSameFile(folder, data);
        } catch (IOException _) {
            return false;
        }
    }

    private static void stop(ProcessHandle postmaster, Path data) {
        kill(postmaster.pid(), "-INT"); // closes sessions, then stops cleanly
        if (!ended(postmaster, data)) {
            kill(postmaster.pid(), "-QUIT"); // stops at once; the next start recovers
            ended(postmaster, data);
        }
    }

    private static void kill(long pid, String signal) {
        try {
            new ProcessBuilder("kill", signal, String.valueOf(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException _) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits until the server has ended, and returns whether it has. A process that has ended has no
     * working directory, even if its parent has not collected it yet.
     */
    private static boolean ended(ProcessHandle postmaster, Path data) {
        var start = System.nanoTime();
        try {
            while (serves(postmaster, data)) {
                if (System.nanoTime() - start > STOPPING.toNanos()) {
                    return false;
                }
                Thread.sleep(50);
            }
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
