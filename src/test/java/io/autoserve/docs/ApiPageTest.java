package io.autoserve.docs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ApiPageTest {

    private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");

    private record Operation(String method, String path, JsonNode text) {}

    private final StringBuilder text = new StringBuilder();
    private final JsonNode contract;

    ApiPageTest() throws Exception {
        try (var file = ApiPageTest.class.getResourceAsStream("/openapi.yaml")) {
            contract = new ObjectMapper(new YAMLFactory()).readTree(Objects.requireNonNull(file));
        }
    }

    @Test
    void the_api_page_says_what_the_contract_says() {
        text.append(
                """
                # The API

                Made from [openapi.yaml](../src/main/resources/openapi.yaml), by which every request is checked; a controller serves it at
                `/openapi.yaml`.

                """);
        text.append(contract.at("/info/description").asText()).append("\n");
        byTag().forEach(this::tell);
        new Page("api.md").mustBe(text.toString());
    }

    private Map<String, List<Operation>> byTag() {
        var tags = new LinkedHashMap<String, List<Operation>>();
        contract.path("tags")
                .forEach(tag -> tags.put(tag.path("name").asText(), new ArrayList<>()));
        contract.path("paths")
                .properties()
                .forEach(path ->
                        path.getValue().properties().stream()
                                .filter(entry -> METHODS.contains(entry.getKey()))
                                .forEach(entry ->
                                        tags.computeIfAbsent(
                                                        entry.getValue()
                                                                .at("/tags/0")
                                                                .asText("other"),
                                                        _ -> new ArrayList<>())
                                                .add(
                                                        new Operation(
                                                                entry.getKey()
                                                                        .toUpperCase(Locale.ROOT),
                                                                path.getKey(),
                                                                entry.getValue()))));
        return tags;
    }

    private void tell(String tag, List<Operation> operations) {
        if (operations.isEmpty()) {
            return;
        }
        text.append("\n## ").append(tag).append("\n");
        contract.path("tags")
                .forEach(known -> {
                    if (known.path("name").asText().equals(tag)) {
                        text.append("\n").append(known.path("description").asText()).append("\n");
                    }
                });
        operations.forEach(this::tell);
    }

    private void tell(Operation operation) {
        text.append(
                "\n### `%s %s`%n%n%s%n"
                        .formatted(
                                operation.method,
                                operation.path,
                                operation.text.path("summary").asText()));
        if (operation.text.has("description")) {
            text.append("\n")
                    .append(operation.text.path("description").asText().strip())
                    .append("\n");
        }
        parameters(operation.text);
        body(operation.text);
        answers(operation.text);
    }

    private void parameters(JsonNode operation) {
        if (operation.path("parameters").isEmpty()) {
            return;
        }
        text.append("\n| Parameter | In | Means |\n|---|---|---|\n");
        for (var one : operation.path("parameters")) {
            var parameter = resolved(one);
            var schema = resolved(parameter.path("schema"));
            var name = parameter.path("name").asText();
            text.append(
                    "| %s | %s | %s%s |%n"
                            .formatted(
                                    parameter.path("required").asBoolean()
                                            ? "**" + name + "**"
                                            : name,
                                    parameter.path("in").asText(),
                                    Page.cell(parameter.path("description").asText()),
                                    schema.has("default")
                                            ? " Default: `" + schema.path("default").asText() + "`."
                                            : ""));
        }
    }

    private void body(JsonNode operation) {
        var body = resolved(operation.path("requestBody"));
        if (!body.isMissingNode()) {
            text.append("\nBody: %s%n".formatted(contents(body)));
        }
    }

    private void answers(JsonNode operation) {
        text.append("\n| Answer | |\n|---|---|\n");
        operation
                .path("responses")
                .properties()
                .forEach(entry -> {
                    var answer = resolved(entry.getValue());
                    var content = contents(answer);
                    text.append(
                            "| %s | %s%s |%n"
                                    .formatted(
                                            entry.getKey(),
                                            Page.cell(answer.path("description").asText()),
                                            content.isEmpty() ? "" : " (" + content + ")"));
                });
    }

    private String contents(JsonNode message) {
        var kinds = new ArrayList<String>();
        message.path("content")
                .properties()
                .forEach(entry -> {
                    var shape = entry.getValue().at("/schema/$ref").asText();
                    kinds.add(
                            "`"
                                    + entry.getKey()
                                    + "`"
                                    + (shape.isEmpty()
                                            ? ""
                                            : ": " + shape.substring(shape.lastIndexOf('/') + 1)));
                });
        return String.join(", ", kinds);
    }

    private JsonNode resolved(JsonNode node) {
        var ref = node.path("$ref").asText();
        return ref.isEmpty() ? node : contract.at(ref.substring(1));
    }
}
