package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.autoserve.spec.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ObservabilityTest {

    static final Path FOLDER = Page.FOLDER.resolve("observability");
    private static final Pattern METRIC =
            Pattern.compile("\\b(autoserve|vertx|jvm|process|disk)_[a-z_]+");

    @Test
    void the_rules_ask_for_what_is_served() throws IOException {
        var rules =
                new ObjectMapper(new YAMLFactory()).readTree(FOLDER.resolve("alerts.yml").toFile());
        var asked = new ArrayList<String>();
        rules.findValuesAsText("expr").forEach(asked::add);
        assertThat(asked).hasSizeGreaterThan(10);
        assertThat(metrics(asked)).isSubsetOf(served());
    }

    @Test
    void the_dashboard_shows_what_is_served() throws IOException {
        var dashboard = Json.MAPPER.readTree(FOLDER.resolve("grafana.json").toFile());
        var asked = dashboard.findValuesAsText("expr");
        assertThat(asked).hasSizeGreaterThan(20);
        assertThat(metrics(asked)).isSubsetOf(served());
    }

    @Test
    void the_panels_of_the_dashboard_do_not_overlap() throws IOException {
        var dashboard = Json.MAPPER.readTree(FOLDER.resolve("grafana.json").toFile());
        var taken =
                dashboard.findValues("gridPos").stream()
                        .flatMap(ObservabilityTest::fields)
                        .toList();
        assertThat(taken).doesNotHaveDuplicates();
    }

    private static Set<String> metrics(List<String> expressions) {
        return expressions.stream()
                .flatMap(expression -> METRIC.matcher(expression).results())
                .map(result -> result.group())
                .collect(Collectors.toSet());
    }

    private static Set<String> served() {
        return Scraped.families().stream()
                .flatMap(family ->
                        switch (family.type()) {
                            case "histogram" ->
                                    Stream.of("_bucket", "_count", "_sum")
                                            .map(end -> family.name() + end);
                            case "summary" ->
                                    Stream.of("_count", "_sum").map(end -> family.name() + end);
                            default -> Stream.of(family.name());
                        })
                .collect(Collectors.toSet());
    }

    private static Stream<String> fields(JsonNode place) {
        var taken = Stream.<String>builder();
        for (var x = 0; x < place.path("w").asInt(); x++) {
            for (var y = 0; y < place.path("h").asInt(); y++) {
                taken.add((place.path("x").asInt() + x) + "," + (place.path("y").asInt() + y));
            }
        }
        return taken.build();
    }
}
