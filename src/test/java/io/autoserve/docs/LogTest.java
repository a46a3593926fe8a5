package io.autoserve.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import io.autoserve.spec.Json;
import io.autoserve.testing.Eventually;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

class LogTest {

    @Test
    void a_line_of_json_says_who_where_and_why() throws Exception {
        var written = new ByteArrayOutputStream();
        var out = System.out;
        System.setOut(new PrintStream(written, true, UTF_8));
        try {
            logOnce();
        } finally {
            System.setOut(out);
        }
        var line = Json.MAPPER.readTree(written.toString(UTF_8).lines().findFirst().orElseThrow());
        assertThat(line.path("level").asText()).isEqualTo("WARN");
        assertThat(line.path("message").asText()).isEqualTo("shop-1 failed");
        assertThat(line.path("controller").asText()).isEqualTo("controller-7");
        assertThat(line.path("term").asText()).isEqualTo("4");
        assertThat(line.path("app").asText()).isEqualTo("shop");
        assertThat(line.path("request").asText()).isEqualTo("abc");
        assertThat(line.path("at").asText()).isNotBlank();
    }

    /** {@code /dev/full} fails each write with the error of a full disk. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void a_full_disk_stops_no_thread_that_logs_and_the_file_continues_when_there_is_room(
            @TempDir Path logs) throws Exception {
        var file = Files.createSymbolicLink(logs.resolve("controller-7.log"), Path.of("/dev/full"));
        var configuration =
                Files.readString(Path.of("src/main/docker/controller/logback-container.xml"))
                        .replace("/var/log/autoserve", logs.toString());
        var context = context();
        reader(context).doConfigure(new ByteArrayInputStream(configuration.getBytes(UTF_8)));
        try {
            context.getLogger("loop").info("shop-1 started");

            var room = logs.resolve("room");
            Files.delete(file);
            Files.createSymbolicLink(file, Files.createFile(room));
            Eventually.await(
                    "a line in the file",
                    () -> {
                        context.getLogger("loop").info("shop-2 started");
                        return size(room);
                    },
                    size -> size > 0);
        } finally {
            context.stop();
        }
        assertThat(Files.readString(logs.resolve("room"))).contains("shop-2 started");
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LoggerContext context() {
        var context = new LoggerContext();
        context.putProperty("AUTOSERVE_LOG", "json");
        context.putProperty("AUTOSERVE_NAME", "controller-7");
        context.setMDCAdapter((ch.qos.logback.classic.util.LogbackMDCAdapter) MDC.getMDCAdapter());
        return context;
    }

    private static JoranConfigurator reader(LoggerContext context) {
        var reader = new JoranConfigurator();
        reader.setContext(context);
        return reader;
    }

    private static void logOnce() throws Exception {
        var context = context();
        reader(context)
                .doConfigure(Objects.requireNonNull(LogTest.class.getResource("/logback.xml")));
        try (var _ = MDC.putCloseable("term", "4");
                var _ = MDC.putCloseable("app", "shop")) {
            context.getLogger("loop")
                    .atWarn()
                    .addKeyValue("request", "abc")
                    .log("{} failed", "shop-1");
        }
        context.stop();
    }
}
