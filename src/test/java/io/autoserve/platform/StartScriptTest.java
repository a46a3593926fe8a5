package io.autoserve.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the script that starts a controller, with addresses of loopback in place of the controllers'
 * addresses. In place of Java and of the pauses, other programs write down that they were called.
 */
class StartScriptTest {
    private static final Path SCRIPT = Path.of("src/main/docker/controller/start");

    @TempDir private Path folder;
    private Path acts = Path.of("");
    private int port;

    @BeforeEach
    void prepare() throws IOException {
        acts = Files.createFile(folder.resolve("acts"));
        try (var free = new ServerSocket(0, 1, address(21))) {
            port = free.getLocalPort();
        }
        program("java", "echo start >>" + acts);
        program("sleep", "echo \"pause $1\" >>%s; exec /bin/sleep 0.01".formatted(acts));
    }

    private void program(String name, String command) throws IOException {
        executable(folder.resolve(name), "#!/bin/sh\n" + command + "\n");
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private static InetAddress address(int number) {
        return InetAddress.ofLiteral("127.0.0." + number);
    }

    private ServerSocket serving(int number) throws IOException {
        return new ServerSocket(port, 50, address(number));
    }

    /** Makes the next start one after a restart of the container. */
    private void hasRunBefore() throws IOException {
        Files.writeString(folder.resolve("it.started"), "container");
    }

    /**
     * @param number last part of the controller's address
     * @param patience seconds for which the second controller waits
     */
    private Process start(int number, int patience) throws IOException {
        var edited = folder.resolve("start-script");
        executable(edited, Files.readString(SCRIPT).replace("patience=5", "patience=" + patience));
        var builder = new ProcessBuilder(edited.toString(), "controller");
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        builder.environment().put("HOSTNAME", "container");
        builder.environment().put("AUTOSERVE_NAME", "it");
        builder.environment().put("AUTOSERVE_START_ROOM", folder.toString());
        builder.environment().put("AUTOSERVE_API_HOST", "127.0.0." + number);
        builder.environment().put("AUTOSERVE_API_PORT", String.valueOf(port));
        return builder.redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
    }

    private List<String> acts() {
        try {
            return Files.readAllLines(acts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitEnd(Process script) throws Exception {
        assertThat(script.waitFor(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(folder.resolve("output")).content(UTF_8).isEmpty();
    }

    @Test
    void a_new_container_starts_at_once() throws Exception {
        try (var _ = serving(21)) {
            awaitEnd(start(22, 600));
        }

        assertThat(acts()).containsExactly("start");
    }

    @Test
    void a_controller_that_comes_back_lets_the_others_elect_a_leader() throws Exception {
        hasRunBefore();

        try (var _ = serving(23)) {
            awaitEnd(start(22, 600));
        }

        assertThat(acts()).endsWith("pause 1", "start");
    }

    @Test
    void the_first_controller_starts_at_once_if_no_other_serves() throws Exception {
        hasRunBefore();

        awaitEnd(start(21, 600));

        assertThat(acts()).containsExactly("start");
    }

    @Test
    void the_second_controller_waits_until_the_first_one_serves() throws Exception {
        hasRunBefore();

        var script = start(22, 600);
        Eventually.<List<String>>await("a pause", this::acts, it -> it.contains("pause 0.5"));
        assertThat(acts()).doesNotContain("start");
        try (var _ = serving(21)) {
            awaitEnd(script);
        }

        assertThat(acts()).endsWith("pause 1", "start");
    }

    @Test
    void the_second_controller_waits_only_for_some_seconds() throws Exception {
        hasRunBefore();

        awaitEnd(start(22, 1));

        assertThat(acts()).doesNotContain("pause 1").endsWith("start");
    }
}
