package io.autoserve.docs;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.spec.Json;
import io.autoserve.spec.SpecSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SpecPageTest {

    private static final String BEGINNING =
            """
            # The app spec

            Generated from the [schema](../src/main/resources/schema/app.v1.json), which editors use for completion and every
            controller for validation. `autoserve validate FILE` shows all errors at once; there is an [example](../src/main/resources/examples) for each feature.
            Anchors, aliases and merges (`<<`) of YAML are replaced by their values. Top-level fields that start with `x-` are ignored, so they can hold anchors.
            Bold fields are required. Times are in seconds, sizes as in `256Mi`, shares of a core as in `500m`.
            """;

    private final StringBuilder text = new StringBuilder(BEGINNING);
    private final List<String> told = new ArrayList<>();

    @Test
    void the_spec_page_says_what_the_schema_says() throws Exception {
        var schema = Json.MAPPER.readTree(SpecSchema.text());
        tell("", schema, schema);
        new Page("spec.md").mustBe(text.toString());
    }

    /** Writes the fields of an object, and then the fields of its nested objects. */
    private void tell(String path, JsonNode object, JsonNode schema) {
        if (!path.isEmpty()) {
            text.append("\n## ").append(path).append("\n\n").append(words(object)).append("\n");
        }
        text.append("\n| Field | May be | Without it | Means |\n|---|---|---|---|\n");
        var required = texts(object.path("required"));
        object.path("properties")
                .properties()
                .forEach(field -> {
                    var name = field.getKey();
                    var its = resolved(field.getValue(), schema);
                    text.append(
                            "| %s | %s | %s | %s |%n"
                                    .formatted(
                                            required.contains(name) ? "**" + name + "**" : name,
                                            Page.cell(kind(its, schema)),
                                            Page.cell(fallback(its)),
                                            Page.cell(words(its))));
                });
        object.path("properties")
                .properties()
                .forEach(field -> below(path, field.getKey(), field.getValue(), schema));
    }

    private void below(String path, String name, JsonNode field, JsonNode schema) {
        var its = resolved(field, schema);
        var here = path.isEmpty() ? name : path + "." + name;
        var list = its.path("type").asText().equals("array");
        var object = list ? resolved(its.path("items"), schema) : its;
        var where = list ? here + "[]" : here;
        var shape = field.path("$ref").asText();
        if (object.has("properties")) {
            if (!shape.isEmpty() && told.contains(shape)) {
                return; // the same fields as above, listed once
            }
            told.add(shape);
            tell(where, object, schema);
        }
    }

    /** Resolves a reference. What the field itself defines overrides what the reference defines. */
    private static JsonNode resolved(JsonNode node, JsonNode schema) {
        var ref = node.path("$ref").asText();
        if (ref.isEmpty()) {
            return node;
        }
        var whole = schema.at(ref.substring(1)).deepCopy();
        node.properties()
                .forEach(own ->
                        ((com.fasterxml.jackson.databind.node.ObjectNode) whole)
                                .set(own.getKey(), own.getValue()));
        return whole;
    }

    private static String kind(JsonNode field, JsonNode schema) {
        if (field.has("const")) {
            return "`" + field.path("const").asText() + "`";
        }
        if (field.has("enum")) {
            return String.join(
                    ", ", texts(field.path("enum")).stream().map(it -> "`" + it + "`").toList());
        }
        for (var choice : List.of("oneOf", "anyOf")) {
            if (field.has(choice)) {
                return String.join(
                        " or ",
                        StreamSupport.stream(field.path(choice).spliterator(), false)
                                .map(it -> kind(resolved(it, schema), schema))
                                .distinct()
                                .toList());
            }
        }
        var types = field.path("type");
        var type = types.isArray() ? String.join(" or ", texts(types)) : types.asText("any");
        if (type.equals("array")) {
            return "list of " + kind(resolved(field.path("items"), schema), schema);
        }
        return type + range(field);
    }

    private static String range(JsonNode field) {
        var low = bound(field, "minimum", "exclusiveMinimum", "minLength");
        var high = bound(field, "maximum", "exclusiveMaximum", "maxLength");
        if (low == null && high == null) {
            return "";
        }
        return low == null
                ? ", up to " + high
                : high == null ? ", from " + low : ", " + low + " to " + high;
    }

    private static @Nullable String bound(JsonNode field, String... names) {
        for (var name : names) {
            if (field.has(name)) {
                return field.path(name).asText();
            }
        }
        return null;
    }

    private static String fallback(JsonNode field) {
        return field.has("default") ? "`" + field.path("default") + "`" : "";
    }

    private static String words(JsonNode field) {
        var words = new StringJoiner(". ");
        if (field.has("title") && !field.has("description")) {
            words.add(field.path("title").asText());
        }
        if (field.has("description")) {
            words.add(field.path("description").asText());
        }
        return words.toString();
    }

    private static List<String> texts(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
    }
}
