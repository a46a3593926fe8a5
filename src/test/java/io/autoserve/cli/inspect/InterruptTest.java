package io.autoserve.cli.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.testing.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Runs the command line in a separate process and sends it Ctrl-C. */
@EnabledOnOs(OS.LINUX)
class InterruptTest {
    private static final String WRAPPING = "\033[?7h";

    @Test
    @Timeout(60)
    void ctrl_c_ends_a_wait_and_leaves_the_terminal_as_it_was() throws Exception {
        try (var api = new LoopbackApi()) {
            api.answers("POST /api/v1/apps/web/start", 202, Answers.app("Starting", 3, 3, 2))
                    .answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 3, 3, 2));
            var process = start("up", "web", "--wait", "--url", api.url());
            var said = new StringBuilder(readUntil(process.getInputStream(), WRAPPING));

            Signal.INT.send(List.of(process.toHandle()));

            said.append(new String(process.getInputStream().readAllBytes(), UTF_8));
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as("the status for SIGINT").isEqualTo(130);
            assertThat(said).contains("2 of 3 ready");
            assertThat(said.lastIndexOf(WRAPPING)).isGreaterThan(said.lastIndexOf("\033[?7l"));
        }
    }

    private static Process start(String... arguments) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var builder =
                new ProcessBuilder(
                        "env",
                        "--default-signal=INT", // because background processes ignore SIGINT
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.autoserve.Main");
        builder.command().addAll(List.of(arguments));
        builder.environment().put("AUTOSERVE_LIVE", "1");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    private static String readUntil(InputStream in, String end) throws IOException {
        var text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            var next = in.read();
            assertThat(next).as("it ended too early: " + text).isNotNegative();
            text.append((char) next);
        }
        return text.toString();
    }
}
