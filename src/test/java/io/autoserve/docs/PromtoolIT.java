package io.autoserve.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Checks the files for Prometheus with Prometheus's own tool. Needs {@code promtool} in the PATH.
 */
class PromtoolIT {

    @Test
    void it_understands_the_rules_and_they_fire_when_they_should() throws Exception {
        promtool("", "check", "config", "--syntax-only", "scrape.yml");
        promtool("", "check", "rules", "alerts.yml");
        promtool("", "test", "rules", "alerts_test.yml");
    }

    @Test
    void it_finds_nothing_to_mend_in_the_names_of_our_metrics() throws Exception {
        var ours =
                Scraped.text()
                        .lines()
                        .filter(line -> line.contains("autoserve_") && !line.contains("_max"))
                        .collect(Collectors.joining("\n", "", "\n"));
        promtool(ours, "check", "metrics");
    }

    private static void promtool(String input, String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("promtool"));
        command.addAll(List.of(arguments));
        var process =
                new ProcessBuilder(command)
                        .directory(ObservabilityTest.FOLDER.toFile())
                        .redirectErrorStream(true)
                        .start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(UTF_8));
        }
        var said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }
}
