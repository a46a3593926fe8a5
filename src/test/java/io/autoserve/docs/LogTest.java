package io.autoserve.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import io.autoserve.spec.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;
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

    private static void logOnce() throws Exception {
        var context = new LoggerContext();
        context.putProperty("AUTOSERVE_LOG", "json");
        context.putProperty("AUTOSERVE_NAME", "controller-7");
        context.setMDCAdapter((ch.qos.logback.classic.util.LogbackMDCAdapter) MDC.getMDCAdapter());
        var reader = new JoranConfigurator();
        reader.setContext(context);
        reader.doConfigure(Objects.requireNonNull(LogTest.class.getResource("/logback.xml")));
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
