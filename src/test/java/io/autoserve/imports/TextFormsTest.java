package io.autoserve.imports;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the small notations of Compose: variables, words, durations, sizes, files of variables. */
class TextFormsTest {
    private static final Interpolation VARIABLES =
            new Interpolation(Map.of("A", "one", "EMPTY", ""));

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    $A and ${A}        | one and one
                    $$A                | $A
                    ${B:-two}          | two
                    ${B-two}           | two
                    ${EMPTY:-two}      | two
                    ${EMPTY-two}       | ``
                    ${A:+three}        | three
                    ${B:+three}        | ``
                    ${B:-${C:-${A}}}   | one
                    cost: 5$           | cost: 5$
                    $1                 | $1
                    ${A                | ${A
                    ${1}               | ${1}
                    """)
    void replaces_variables_as_compose_does(String text, String replaced) {
        assertThat(VARIABLES.replace(text, _ -> {})).isEqualTo(replaced);
    }

    @Test
    void reports_each_variable_without_a_value() {
        var problems = new ArrayList<String>();

        VARIABLES.replace("$B ${C?it is needed} ${A}", problems::add);

        assertThat(problems)
                .containsExactly(
                        "the variable B is not set: its text is empty",
                        "the variable C must be set: its text is empty");
    }

    @Test
    void splits_commands_as_a_shell_does() {
        assertThat(ShellWords.of("  run 'a  b' \"c \\\"d\\\"\" e\\ f ''  "))
                .containsExactly("run", "a  b", "c \"d\"", "e f", "");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1m30s | 90
                    500ms | 0.5
                    2h    | 7200
                    10s   | 10
                    """)
    void reads_durations(String text, double seconds) {
        assertThat(ComposeAmounts.seconds(text).orElseThrow().doubleValue()).isEqualTo(seconds);
        assertThat(ComposeAmounts.seconds(text + "x")).isEmpty();
        assertThat(ComposeAmounts.seconds("10")).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    1024  | 1024
                    2kb   | 2048
                    512m  | 536870912
                    1.5G  | 1610612736
                    1 GiB | 1073741824
                    """)
    void reads_sizes(String text, long bytes) {
        assertThat(ComposeAmounts.bytes(text)).contains(bytes);
        assertThat(ComposeAmounts.bytes(text + "x")).isEmpty();
    }

    @Test
    void reads_files_of_variables() {
        assertThat(
                        EnvFile.read(
                                """
                                # comment
                                A=1
                                export B="two # not a comment"
                                C='$three'
                                D=four # comment
                                E=
                                F="a \\"b\\" \\\\ \\w\\n" # comment
                                nothing
                                """))
                .containsExactly(
                        Map.entry("A", "1"),
                        Map.entry("B", "two # not a comment"),
                        Map.entry("C", "$three"),
                        Map.entry("D", "four"),
                        Map.entry("E", ""),
                        Map.entry("F", "a \"b\" \\ \\w\n"));
    }
}
