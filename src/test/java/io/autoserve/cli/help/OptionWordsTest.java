package io.autoserve.cli.help;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/**
 * Checks the values of options that have a fixed set of values. The help and the completion must
 * show them in lower case, as the examples use them.
 */
class OptionWordsTest {

    static Stream<Class<?>> choices() {
        return arguments(DocumentedCommandsTest.commands()).stream()
                .<Class<?>>map(ArgSpec::type)
                .filter(Class::isEnum)
                .distinct();
    }

    @ParameterizedTest
    @MethodSource("choices")
    void a_choice_is_a_word_in_lower_case(Class<?> constants) {
        assertThat(constants.getEnumConstants())
                .allSatisfy(constant -> assertThat(constant.toString()).matches("[a-z][a-z0-9]*"));
    }

    @Test
    void there_are_choices() {
        assertThat(choices()).hasSizeGreaterThan(3);
    }

    private static List<ArgSpec> arguments(CommandLine command) {
        var found = new ArrayList<>(command.getCommandSpec().args());
        command.getSubcommands().values().forEach(below -> found.addAll(arguments(below)));
        return found;
    }
}
