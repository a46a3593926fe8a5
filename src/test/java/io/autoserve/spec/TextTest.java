package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import java.util.List;
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
                                + " each app in its own file");
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
    void does_not_follow_aliases() {
        var bomb = new StringBuilder("a0: &a0 lol\n");
        for (var i = 1; i < 40; i++) {
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, "*a%d,".formatted(i - 1).repeat(10)));
        }

        assertThat(faults(bomb.toString()))
                .contains(
                        "line 2: aliases are not supported: replace *a0 with its value"
                                + " (/a1/0)");
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

    private static List<String> faults(String text) {
        return READER.read(text) instanceof Faulty(var faults)
                ? faults.stream().map(Fault::toString).toList()
                : List.of();
    }
}
