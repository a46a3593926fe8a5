package io.autoserve.docs;

import io.autoserve.testing.HostCommand;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Checks the files for Prometheus with Prometheus's own tool. Needs {@code promtool} in the PATH.
 */
class PromtoolIT {

    @Test
    void it_understands_the_rules_and_they_fire_when_they_should() {
        promtool("", "check", "config", "--syntax-only", "scrape.yml");
        promtool("", "check", "rules", "alerts.yml");
        promtool("", "test", "rules", "alerts_test.yml");
    }

    @Test
    void it_finds_nothing_to_mend_in_the_names_of_our_metrics() {
        var ours =
                Scraped.text()
                        .lines()
                        .filter(line -> line.contains("autoserve_") && !line.contains("_max"))
                        .collect(Collectors.joining("\n", "", "\n"));
        promtool(ours, "check", "metrics");
    }

    private static void promtool(String input, String... arguments) {
        HostCommand.in(ObservabilityTest.FOLDER).given(input, "promtool", arguments);
    }
}
