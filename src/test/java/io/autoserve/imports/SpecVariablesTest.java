package io.autoserve.imports;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.imports.SpecVariables.Problem;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecVariablesTest {
    private static final Map<String, String> VARIABLES =
            Map.of("TAG", "1.5", "N", "3", "EVIL", "a: b # c\n- d", "EMPTY", "", "MINUS", "-1");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    image: shop:${TAG}         | image: shop:1.5
                    image: 'shop:$TAG' # mine  | image: "shop:1.5" # mine
                    n: $N                      | n: 3
                    n: "$N"                    | n: "3"
                    n: $MINUS                  | n: -1
                    {n: $N, m: [$N]}           | {n: 3, m: [3]}
                    n: ${NONE:-7}              | n: 7
                    n: $EMPTY                  | n: ""
                    a: $EVIL                   | a: "a: b # c\\n- d"
                    a: '${EVIL}'               | a: "a: b # c\\n- d"
                    a: $$HOME                  | a: "$HOME"
                    a: &x !!str $N             | a: &x !!str 3
                    "🚀": $N                   | "🚀": 3
                    $N: a # $N                 | $N: a # $N
                    a: [                       | a: [
                    """)
    void replaces_values_and_nothing_else(String text, String replaced) {
        assertThat(SpecVariables.replace(text, VARIABLES).text()).isEqualTo(replaced);
    }

    @Test
    void json_may_be_indented_by_tabs() {
        assertThat(SpecVariables.replace("{\n\t\"a\":\t\"$TAG\"\n}\n", VARIABLES).text())
                .isEqualTo("{\n\t\"a\":\t\"1.5\"\n}\n");
    }

    @Test
    void a_spec_may_have_many_aliases() {
        var aliases = "a: &a [1]\nb: [" + "*a, ".repeat(100) + "2]\n";

        assertThat(SpecVariables.replace(aliases + "c: $TAG\n", VARIABLES).text())
                .isEqualTo(aliases + "c: 1.5\n");
    }

    @Test
    void keeps_the_lines() {
        var text =
                """
                args:
                  - |
                    echo $TAG
                    exit
                x: "a
                  $N" # x
                last: $N
                ---
                other: $N
                """;

        assertThat(SpecVariables.replace(text, VARIABLES).text())
                .isEqualTo(
                        """
                        args:
                          - "echo 1.5\\nexit\\n"


                        x: "a 3"
                         # x
                        last: 3
                        ---
                        other: 3
                        """);
    }

    @Test
    void names_each_variable_without_a_value_with_its_line() {
        var replaced = SpecVariables.replace("a: $A\nb:\n  - ${B?needed}\nc: ${1}\n", VARIABLES);

        assertThat(replaced.problems())
                .containsExactly(
                        new Problem(1, "the variable A is not set"),
                        new Problem(3, "the variable B must be set"),
                        new Problem(4, "'${1}' is not a variable"));
    }
}
