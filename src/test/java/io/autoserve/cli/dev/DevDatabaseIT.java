package io.autoserve.cli.dev;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.local.DevFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the database of {@code dev}, which is a real PostgreSQL. */
class DevDatabaseIT {
    @TempDir private Path path;

    @Test
    void data_outlives_every_end_of_the_server() throws Exception {
        var folder = new DevFolder(path);
        folder.create();
        try (var database = DevDatabase.start(folder)) {
            execute(database, "create table kept as select 1 as value");
            kill(folder);
        }
        try (var database = DevDatabase.start(folder)) {
            execute(database, "insert into kept values (2)");
            assertThat(DevDatabase.stopLeftover(folder)).isTrue();
            assertThat(DevDatabase.stopLeftover(folder)).isFalse();
        }
        try (var database = DevDatabase.start(folder)) {
            assertThat(count(database)).isEqualTo(2);
        }
    }

    @Test
    void a_first_start_that_was_cut_short_is_begun_anew() throws Exception {
        var folder = new DevFolder(path);
        folder.create();
        Files.createDirectories(folder.database().resolve("base"));
        Files.writeString(folder.database().resolve("postgresql.conf"), "");

        try (var database = DevDatabase.start(folder)) {
            assertThat(database.version()).startsWith("18");
        }
    }

    @Test
    void the_routes_of_an_earlier_database_are_forgotten_and_those_of_this_one_are_kept()
            throws Exception {
        var folder = new DevFolder(path);
        folder.create();
        Files.createDirectories(folder.proxy());
        var token = Files.writeString(folder.proxy().resolve("token"), "secret");
        var table = folder.proxy().resolve("table-1-1-258-7.json");
        Files.writeString(table, "{}");

        try (var _ = DevDatabase.start(folder)) {
            assertThat(table).doesNotExist();
            assertThat(token).exists();
            Files.writeString(table, "{}");
        }
        try (var _ = DevDatabase.start(folder)) {
            assertThat(table).exists();
        }
    }

    private static void kill(DevFolder folder) throws IOException {
        var pid = Files.readAllLines(folder.database().resolve("postmaster.pid")).getFirst();
        var postmaster = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
        postmaster.destroyForcibly();
        postmaster.onExit().join();
    }

    private static void execute(DevDatabase database, String sql) throws SQLException {
        try (var connection =
                        database.server().getDatabase("postgres", "autoserve").getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static int count(DevDatabase database) throws SQLException {
        try (var connection =
                        database.server().getDatabase("postgres", "autoserve").getConnection();
                var statement = connection.createStatement();
                var result = statement.executeQuery("select count(*) from kept")) {
            result.next();
            return result.getInt(1);
        }
    }
}
