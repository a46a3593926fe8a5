package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec;
import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tests texts that are not valid YAML or JSON, and texts that could exhaust the reader. */
class TextTest {
    private static final SpecReader READER = new SpecReader(Allowance.NOTHING);
    private static final String MINIMAL = Example.named("minimal").text();

    @Test
    void says_where_the_yaml_breaks() {
        assertThat(faults("apiVersion: v1\nkind: App\n  metadata: {\n"))
                .containsExactly(
                        "line 3: the spec is not valid YAML: mapping values are not allowed here");
    }

    @Test
    void says_where_the_json_breaks() {
        assertThat(faults("{\n  \"apiVersion\": \"v1\",\n  kind: App\n}"))
                .containsExactly(
                        "line 3: the spec is not valid JSON: Unexpected character ('k' (code 107)): was"
                                + " expecting double-quote to start field name");
    }

    @Test
    void wants_text() {
        for (var nothing : List.of("", "  \n", "# only a comment\n", "\uFEFF")) {
            assertThat(faults(nothing))
                    .containsExactly("the spec is empty: it must start with 'apiVersion: v1'");
        }
        assertThat(faults("---\n")).isNotEmpty();
    }

    @Test
    void wants_a_document_with_fields() {
        assertThat(faults("hello"))
                .containsExactly("line 1: the document must be an object, was 'hello'");
        assertThat(faults("- 1"))
                .containsExactly("line 1: the document must be an object, was a list");
    }

    @Test
    void wants_one_document() {
        assertThat(faults(MINIMAL + "---\n" + MINIMAL))
                .singleElement()
                .asString()
                .endsWith(
                        "a spec must be one document, but a second document starts here: put"
                                + " each app in its own file, or use 'autoserve apply'");
        assertThat(faults("{} {}")).isNotEmpty();
    }

    @Test
    void reads_past_a_byte_order_mark() {
        assertThat(READER.read("\uFEFF" + MINIMAL)).isInstanceOf(Understood.class);
    }

    @Test
    void refuses_fields_given_twice() {
        var inYaml = MINIMAL.replace("  name: hello", "  name: hello\n  name: hallo");
        assertThat(faults(inYaml))
                .containsExactly("line 7: name is given twice: keep one (/metadata/name)");
        assertThat(faults("{\"kind\": \"App\",\n\"kind\": \"App\"}"))
                .contains("line 2: kind is given twice: keep one (/kind)");
    }

    @Test
    void takes_on_and_off_for_words() {
        assertThat(faults(MINIMAL + "scaling:\n  mode: off\n"))
                .singleElement()
                .asString()
                .contains("mode must be one of manual, auto, was 'off'");
    }

    @Test
    void follows_aliases_and_merges() {
        var spec =
                understood(
                        """
                        x-defaults: &defaults
                          stopGraceSeconds: &grace 30
                          workingDir: /srv
                          resources: {memory: 256Mi}
                        x-port: &port {containerPort: 8080}
                        apiVersion: v1
                        kind: App
                        metadata: {name: hello}
                        spec:
                          <<: [*defaults, {workingDir: /never, user: app}]
                          image: hello:1.0
                          ports: [*port]
                          resources: {memory: 512Mi}
                          routing: {timeouts: {readSeconds: *grace}}
                        """);
        var written =
                understood(
                        """
                        apiVersion: v1
                        kind: App
                        metadata: {name: hello}
                        spec:
                          image: hello:1.0
                          ports: [{containerPort: 8080}]
                          stopGraceSeconds: 30
                          workingDir: /srv
                          user: app
                          resources: {memory: 512Mi}
                          routing: {timeouts: {readSeconds: 30}}
                        """);

        assertThat(spec).isEqualTo(written);
    }

    @Test
    void an_alias_stands_for_the_last_anchor_before_it() {
        var spec =
                understood(
                        """
                        x-first: &name hello
                        x-again: &again [*name]
                        x-second: &name bye
                        apiVersion: v1
                        kind: App
                        metadata: {name: *name}
                        spec: {image: hello:1.0, ports: [{containerPort: 80}], command: *again}
                        """);

        assertThat(spec.name()).isEqualTo("bye");
        assertThat(SpecWriter.document(spec).at("/spec/command/0").asText()).isEqualTo("hello");
    }

    @Test
    void places_the_error_of_an_alias_where_the_value_is_written() {
        assertThat(faults("x-port: &port {containerPort: 0}\n" + MINIMAL + "x-a: 1\n")).isEmpty();
        assertThat(
                        faults(
                                """
                                x-port: &port
                                  containerPort: 0
                                apiVersion: v1
                                kind: App
                                metadata: {name: hello}
                                spec:
                                  image: hello:1.0
                                  ports: [*port]
                                """))
                .containsExactly(
                        "line 2: containerPort must be 1 to 65535, was 0"
                                + " (/spec/ports/0/containerPort)");
    }

    @Test
    void places_the_error_of_a_field_next_to_a_merge_where_the_field_is_written() {
        var text =
                """
                x-small: &small
                  stopGraceSeconds: 30
                  routing:
                    timeouts:
                      readSeconds: 0
                apiVersion: v1
                kind: App
                metadata: {name: hello}
                spec:
                  <<: *small
                  image: hello:1.0
                  ports: [{containerPort: 8080}]
                  stopGraceSeconds: -5
                """;

        assertThat(faults(text))
                .satisfiesExactly(
                        merged ->
                                assertThat(merged)
                                        .startsWith("line 5: ")
                                        .endsWith("(/spec/routing/timeouts/readSeconds)"),
                        own ->
                                assertThat(own)
                                        .startsWith("line 13: ")
                                        .endsWith("(/spec/stopGraceSeconds)"));
    }

    @Test
    void refuses_aliases_without_an_anchor_and_merges_of_what_is_no_mapping() {
        assertThat(faults("a: *b\nc: &b 1\n"))
                .containsExactly(
                        "line 1: the spec is not valid YAML: there is no complete value with the"
                                + " anchor &b before the alias *b");
        assertThat(faults("a: &a [*a]")).singleElement().asString().contains("anchor &a before");
        assertThat(faults(MINIMAL + "<<: hello\n"))
                .singleElement()
                .asString()
                .contains("only a mapping can be merged with '<<'");
        assertThat(faults("{\"<<\": {}}")).anyMatch(it -> it.contains("unknown field '<<'"));
    }

    @Test
    void limits_what_aliases_stand_for() {
        var bomb = new StringBuilder("a0: &a0 lol\n");
        for (var i = 1; i < 40; i++) {
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, "*a%d,".formatted(i - 1).repeat(10)));
        }
        var text = "a: &a " + "b".repeat(100_000) + "\nc: [*a, *a, *a]\n";
        var deep = new StringBuilder("a0: &a0 lol\n");
        for (var i = 1; i < 1000; i++) {
            deep.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
        }

        assertThat(faults(bomb.toString()))
                .singleElement()
                .asString()
                .endsWith("the spec has more than 20,000 values");
        assertThat(faults(text))
                .singleElement()
                .asString()
                .contains("the aliases stand for more than 262,144 characters");
        assertThat(faults(deep.toString()))
                .singleElement()
                .asString()
                .contains("nested deeper than 50 levels");
    }

    @Test
    void limits_what_merges_of_merges_keep() {
        var many = fields(3000);
        var text = "b: " + "{<<: ".repeat(40) + "{" + many + "}" + "}".repeat(40) + "\n";

        assertThat(faults(text))
                .singleElement()
                .asString()
                .endsWith("the spec has more than 20,000 values");
    }

    private static String fields(int number) {
        return IntStream.range(0, number)
                .mapToObj("f%d: 1"::formatted)
                .collect(Collectors.joining(", "));
    }

    @Test
    void limits_the_number_of_values_and_the_length_of_names() {
        assertThat(faults("a: [" + "1,".repeat(30_000) + "]"))
                .singleElement()
                .asString()
                .endsWith("the spec has more than 20,000 values");
        assertThat(faults("{\"%s\": [1, 2]}".formatted("b".repeat(1001))))
                .singleElement()
                .asString()
                .endsWith("the names of nested fields have more than 1,000 characters");
    }

    @Test
    void bears_any_depth_and_length() {
        assertThat(faults("a: " + "[".repeat(200_000))).hasSize(1);
        assertThat(faults("{\"a\":" + "[".repeat(200_000))).hasSize(1);
        assertThat(faults("a: " + "b".repeat(2 << 20)))
                .containsExactly("a spec must be at most 262,144 bytes long, was 2097155");
        assertThat(faults("a: " + "1".repeat(250_000))).isNotEmpty();
        assertThat(faults("b".repeat(250_000) + ": 1")).isNotEmpty();
        assertThat(faults(MINIMAL.replace("hello:1.0", "a/".repeat(120_000)))).hasSize(1);
    }

    @Test
    void lists_the_first_hundred_errors() {
        var many = new StringBuilder(MINIMAL);
        for (var i = 0; i < 10_000; i++) {
            many.append("f%d: 1\n".formatted(i));
        }

        var faults = faults(many.toString());

        assertThat(faults).hasSize(101);
        assertThat(faults.get(99)).contains("unknown field 'f99'");
        assertThat(faults.getLast())
                .isEqualTo("only the first 100 errors are listed: fix these first");
    }

    @Test
    void refuses_numbers_with_many_digits() {
        assertThat(faults("{\"kind\": " + "1".repeat(41) + "}"))
                .containsExactly(
                        "line 1: the spec is nested deeper than 50 levels or has a number of more than 40 characters");
        assertThat(faults("a: 1e999999999")).isNotEmpty();
    }

    @Test
    void refuses_what_postgres_cannot_hold() {
        assertThat(faults("{\"kind\": \"A\\u0000pp\"}"))
                .contains("line 1: kind must not contain the character U+0000 (/kind)");
        assertThat(faults("{\"kind\": \"\\ud800\"}"))
                .contains("line 1: kind must not contain half of a surrogate pair (/kind)");
    }

    private static AppSpec understood(String text) {
        return switch (READER.read(text)) {
            case Understood(var spec, _) -> spec;
            case Faulty(var faults) -> throw new AssertionError(faults);
        };
    }

    private static List<String> faults(String text) {
        return READER.read(text) instanceof Faulty(var faults)
                ? faults.stream().map(Fault::toString).toList()
                : List.of();
    }
}
