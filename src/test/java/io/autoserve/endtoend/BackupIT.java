package io.autoserve.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.autoserve.store.Migrations;
import io.autoserve.testing.EnginePace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * Runs the commands that {@code docs/operations.md} shows for backup and restore, on one real
 * database.
 */
class BackupIT {
    private static final String ANSWERS =
            "psql --username=postgres --dbname=autoserve --command='select 1'";
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\$ (docker exec .*)$");

    private final GenericContainer<?> database =
            new GenericContainer<>("localhost/autoserve/postgres")
                    .withEnv("POSTGRES_USER", "postgres")
                    .withEnv("POSTGRES_PASSWORD", "secret")
                    .withExposedPorts(5432)
                    .waitingFor(
                            Wait.forSuccessfulCommand(ANSWERS)
                                    .withStartupTimeout(
                                            EnginePace.patience(Duration.ofMinutes(1))));

    @TempDir private Path folder;

    @BeforeEach
    void start() throws Exception {
        database.start();
        tell("create role autoserve login password 'secret'");
        tell("alter database autoserve owner to autoserve");
        migrate();
    }

    @AfterEach
    void remove() {
        database.stop();
    }

    @Test
    void what_was_backed_up_is_there_again_under_a_later_term() throws Exception {
        happened("kept");
        tell("update leader set epoch = 7");
        type("pg_dump");
        var file = folder.resolve("autoserve.dump");
        var dump = Files.readAllBytes(file);
        tell("delete from events");
        happened("forgotten");
        tell("update leader set epoch = 9");

        Files.write(file, Arrays.copyOf(dump, dump.length / 2));
        assertThat(typed("pg_restore").exit()).isNotZero();
        assertThat(tell("select app from events")).isEqualTo("forgotten");

        Files.write(file, dump);
        type("pg_restore");
        type("update leader");

        assertThat(tell("select app from events")).isEqualTo("kept");
        assertThat(tell("select epoch from leader")).isEqualTo("1007");
        assertThatCode(this::migrate).doesNotThrowAnyException();
        happened("later");
        assertThat(tell("select app from events order by seq")).isEqualTo("kept\nlater");
    }

    private void happened(String app) throws Exception {
        tell("select append_event(0, 'ann', '%s', 'AppStopped', 'asked for', '{}')".formatted(app));
    }

    private void migrate() {
        Migrations.run(
                "jdbc:postgresql://%s:%d/autoserve?sslmode=disable"
                        .formatted(database.getHost(), database.getMappedPort(5432)),
                "autoserve",
                "secret");
    }

    private String tell(String sql) throws Exception {
        var told =
                database.execInContainer(
                        "psql",
                        "--quiet",
                        "--tuples-only",
                        "--no-align",
                        "--username=postgres",
                        "--dbname=autoserve",
                        "--command=" + sql);
        assertThat(told.getExitCode()).as("%s: %s", sql, told.getStderr()).isZero();
        return told.getStdout().strip();
    }

    private void type(String part) throws IOException, InterruptedException {
        var typed = typed(part);
        assertThat(typed.exit()).as("%s", typed.said()).isZero();
    }

    /**
     * @param said the command and what it printed
     */
    private record Typed(int exit, String said) {}

    /**
     * Runs the command of {@code docs/operations.md} that contains this text. Only the container's
     * name in the command is replaced.
     */
    private Typed typed(String part) throws IOException, InterruptedException {
        var page = Files.readString(Path.of("docs/operations.md")).replace("\\\n", "");
        var command =
                COMMAND.matcher(page)
                        .results()
                        .map(found -> found.group(1))
                        .filter(found -> found.contains(part))
                        .findFirst()
                        .orElseThrow()
                        .replaceAll(
                                "autoserve-postgres-(primary|replica)", database.getContainerId());
        var shell =
                new ProcessBuilder(List.of("bash", "-euc", command))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        var said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Typed(shell.waitFor(), command + ": " + said);
    }
}
