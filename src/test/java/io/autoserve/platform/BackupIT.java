package io.autoserve.platform;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.autoserve.store.Migrations;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the page on operations tells to type for a backup and a restore, on one real database. */
class BackupIT {
    private static final String DATABASE = "t-backup-postgres";
    private static final Pattern COMMAND = Pattern.compile("(?m)^\\$ (docker exec .*)$");

    @TempDir private Path folder;

    @BeforeEach
    void start() {
        remove();
        docker(
                "run",
                "--detach",
                "--name",
                DATABASE,
                "--env",
                "POSTGRES_USER=postgres",
                "--env",
                "POSTGRES_PASSWORD=secret",
                "--publish",
                "127.0.0.1::5432",
                "autoserve/postgres");
        within(PATIENCE, "it answers", this::answers, () -> docker("logs", DATABASE));
        tell("create role autoserve login password 'secret'");
        tell("alter database autoserve owner to autoserve");
        migrate();
    }

    private boolean answers() {
        try {
            return tell("select 1").equals("1");
        } catch (IllegalStateException notYet) {
            return false;
        }
    }

    @AfterEach
    void remove() {
        docker("rm", "--force", "--volumes", DATABASE);
    }

    @Test
    void whatWasBackedUpIsThereAgainUnderALaterTerm() throws Exception {
        happened("kept");
        tell("update leader set epoch = 7");
        type("pg_dump");
        tell("delete from events");
        happened("forgotten");
        tell("update leader set epoch = 9");

        type("pg_restore");
        type("update leader");

        assertThat(tell("select app from events")).isEqualTo("kept");
        assertThat(tell("select epoch from leader")).isEqualTo("1007");
        assertThatCode(this::migrate).doesNotThrowAnyException();
        happened("later");
        assertThat(tell("select app from events order by seq")).isEqualTo("kept\nlater");
    }

    private void happened(String app) {
        tell("select append_event(0, 'ann', '%s', 'AppStopped', 'asked for', '{}')".formatted(app));
    }

    private void migrate() {
        var address = docker("port", DATABASE, "5432").lines().findFirst().orElseThrow();
        Migrations.run(
                "jdbc:postgresql://" + address + "/autoserve?sslmode=disable",
                "autoserve",
                "secret");
    }

    private String tell(String sql) {
        return docker(
                "exec",
                DATABASE,
                "psql",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--username=postgres",
                "--dbname=autoserve",
                "--command=" + sql);
    }

    /** The page's command with this in it, to the letter but for the name of the container. */
    private void type(String part) throws IOException, InterruptedException {
        var page = Files.readString(Path.of("src/docs/operations.md")).replace("\\\n", "");
        var command =
                COMMAND.matcher(page)
                        .results()
                        .map(found -> found.group(1))
                        .filter(found -> found.contains(part))
                        .findFirst()
                        .orElseThrow()
                        .replaceAll("autoserve-postgres-(primary|replica)", DATABASE);
        var shell =
                new ProcessBuilder(List.of("bash", "-euc", command))
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        var said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).as("%s: %s", command, said).isZero();
    }
}
