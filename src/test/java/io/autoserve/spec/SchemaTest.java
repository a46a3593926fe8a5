package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.autoserve.spec.Reading.Understood;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that the published schema helps authors and agrees with the reader. */
class SchemaTest {
    private static final JsonNode PUBLISHED = Documents.of(SpecSchema.text());
    private static final Schema COMPLETE = validator(PUBLISHED.deepCopy());
    private static final Schema UNCONDITIONAL = validator(withoutConditions(PUBLISHED.deepCopy()));

    /** A field and what the schema defines for it, with references resolved. */
    record Field(String name, Shape shape, boolean required) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Field> fields() {
        return fieldsOf("", Shape.APP);
    }

    @ParameterizedTest
    @MethodSource("fields")
    void explains_each_field(Field field) {
        assertThat(field.shape().keyword("title").asText()).isNotBlank();
        assertThat(field.shape().keyword("description").asText()).isNotBlank();
        assertThat(field.shape().keyword("examples")).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void gives_examples_and_defaults_that_it_accepts(Field field) {
        var values = Stream.of(field.shape().byDefault()).filter(node -> !node.isMissingNode());
        Stream.concat(values, Fields.items(field.shape().keyword("examples")))
                .forEach(value -> assertThat(faults(field.shape(), value)).isEmpty());
    }

    @Test
    void uses_only_keywords_that_the_reader_knows() {
        assertThat(keywords(PUBLISHED).distinct())
                .isSubsetOf(
                        "$schema",
                        "$id",
                        "$ref",
                        "$defs",
                        "title",
                        "description",
                        "examples",
                        "default",
                        "type",
                        "enum",
                        "required",
                        "properties",
                        "items",
                        "minItems",
                        "additionalProperties",
                        "patternProperties",
                        "propertyNames",
                        "minProperties",
                        "maxItems",
                        "minLength",
                        "maxLength",
                        "pattern",
                        "patternErrorMessage",
                        "minimum",
                        "maximum",
                        "exclusiveMinimum",
                        "if",
                        "then",
                        "else");
    }

    @RepeatedTest(3)
    void accepts_and_refuses_what_the_reader_does() {
        var seed = ThreadLocalRandom.current().nextLong();
        var mutants = new Mutants(new Random(seed));
        var reader = new SpecReader(Allowance.EVERYTHING);
        for (var i = 0; i < 1000; i++) {
            var mutant = mutants.next();
            assertThat(faults(Shape.APP, mutant).isEmpty())
                    .as("seed %d: %s", seed, mutant)
                    .isEqualTo(UNCONDITIONAL.validate(mutant).isEmpty());
            if (reader.read(mutant.toString()) instanceof Understood) {
                assertThat(COMPLETE.validate(mutant)).as("seed %d: %s", seed, mutant).isEmpty();
            }
        }
    }

    @Test
    void says_what_goes_together_in_a_variable() {
        for (var wrong :
                List.of(
                        "{name: A}",
                        "{name: A, value: a, key: k}",
                        "{name: A, source: sdk}",
                        "{name: A, source: sdk, key: no.such}",
                        "{name: A, source: secret, key: k, value: v}")) {
            var document =
                    Documents.with(
                            Documents.minimal(),
                            "/spec/environment",
                            Documents.of("[" + wrong + "]"));
            assertThat(COMPLETE.validate(document)).as(wrong).isNotEmpty();
        }
    }

    private static List<Fault> faults(Shape shape, JsonNode value) {
        var faults = new Faults();
        shape.check(value, "", faults);
        return faults.inOrder();
    }

    private static Stream<Field> fieldsOf(String parent, Shape shape) {
        var required = Fields.items(shape.keyword("required")).map(JsonNode::asText).toList();
        var properties = shape.keyword("properties").properties().stream();
        var children =
                properties
                        .map(Map.Entry::getKey)
                        .map(name ->
                                new Field(
                                        parent + "/" + name,
                                        shape.property(name),
                                        required.contains(name)));
        var items = shape.keyword("items");
        return Stream.concat(
                children.flatMap(field ->
                        Stream.concat(Stream.of(field), fieldsOf(field.name(), field.shape()))),
                items.isMissingNode()
                        ? Stream.empty()
                        : fieldsOf(parent + "/items", new Shape(items)));
    }

    private static Stream<String> keywords(JsonNode schema) {
        return schema.properties().stream()
                .flatMap(keyword ->
                        Stream.concat(
                                Stream.of(keyword.getKey()),
                                switch (keyword.getKey()) {
                                    case "properties", "$defs" ->
                                            Fields.items(keyword.getValue())
                                                    .flatMap(SchemaTest::keywords);
                                    case "items", "additionalProperties", "propertyNames" ->
                                            keywords(keyword.getValue());
                                    default -> Stream.empty();
                                }));
    }

    private static JsonNode withoutConditions(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            object.remove(Set.of("if", "then", "else"));
        }
        schema.forEach(SchemaTest::withoutConditions);
        return schema;
    }

    private static Schema validator(JsonNode schema) {
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(schema);
    }
}
