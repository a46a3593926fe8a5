package io.autoserve.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.autoserve.testing.CountedText;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that every regular expression which reads text of users or containers needs time in
 * proportion to the length of the text. The work is counted in characters that the expression
 * reads.
 */
class RegularExpressionsTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path RESOURCES = Path.of("src/main/resources");

    /** The expressions in the command line read only what its user typed, except these. */
    private static final Path CLI = SOURCES.resolve("io/autoserve/cli");

    private static final Path TERMINAL = CLI.resolve("terminal");

    /** Classes whose patterns search a text for all matches, and do not match the whole text. */
    private static final Set<String> SEARCHING =
            Set.of(
                    "io.autoserve.model.PlainText",
                    "io.autoserve.cli.terminal.Cells",
                    "io.autoserve.api.Dashboard");

    private static final Pattern LITERAL =
            Pattern.compile(
                    "\\.(matches|replaceAll|replaceFirst|split)\\(\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static final int SHORT = 250;

    /** How many reads of each character are accepted. Bounded repetitions read up to 63 times. */
    private static final int READS = 400;

    /**
     * @param searches whether all matches are searched, as by {@code replaceAll}
     */
    record Expression(String origin, Pattern pattern, boolean searches) {
        /** Returns how many characters are read. Throws if these are too many. */
        long work(String text) {
            var counted = new CountedText(text, (long) READS * (text.length() + 10));
            var matcher = pattern.matcher(counted);
            if (!searches) {
                matcher.matches();
            } else {
                while (matcher.find()) {
                    // goes on to the next match
                }
            }
            return counted.reads();
        }

        @Override
        public String toString() {
            return origin + " " + pattern;
        }
    }

    static List<Expression> expressions() throws IOException {
        var all = new ArrayList<Expression>();
        try (var files = Files.walk(SOURCES)) {
            for (var file : files.filter(RegularExpressionsTest::readsForeignText).toList()) {
                var source = Files.readString(file);
                literals(file.getFileName().toString(), source).forEach(all::add);
                if (source.contains("static final Pattern ")) {
                    all.addAll(constants(file));
                }
            }
        }
        published(
                new ObjectMapper().readTree(RESOURCES.resolve("schema/app.v1.json").toFile()), all);
        published(new YAMLMapper().readTree(RESOURCES.resolve("openapi.yaml").toFile()), all);
        return all;
    }

    private static boolean readsForeignText(Path file) {
        return file.toString().endsWith(".java")
                && (!file.startsWith(CLI) || file.startsWith(TERMINAL));
    }

    private static Stream<Expression> literals(String origin, String source) {
        return LITERAL.matcher(source)
                .results()
                .map(found ->
                        new Expression(
                                origin,
                                Pattern.compile(found.group(2).translateEscapes()),
                                !found.group(1).equals("matches")));
    }

    private static List<Expression> constants(Path file) {
        var name = SOURCES.relativize(file).toString().replace(".java", "").replace('/', '.');
        try {
            return Arrays.stream(Class.forName(name).getDeclaredFields())
                    .filter(field ->
                            field.getType() == Pattern.class
                                    && Modifier.isStatic(field.getModifiers()))
                    .map(field -> {
                        field.setAccessible(true);
                        try {
                            return new Expression(
                                    name + "." + field.getName(),
                                    (Pattern) field.get(null),
                                    SEARCHING.contains(name));
                        } catch (IllegalAccessException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .toList();
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static void published(JsonNode schema, List<Expression> all) {
        if (schema.path("pattern").isTextual()) {
            var pattern = schema.path("pattern").textValue();
            all.add(new Expression("published", Pattern.compile(pattern), false));
        }
        schema.forEach(part -> published(part, all));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("expressions")
    void reads_each_character_a_few_times(Expression expression) {
        for (var part : parts(expression.pattern())) {
            for (var begin : List.of("", "/", "*.", "a", "http://", "\"")) {
                for (var end : List.of("", "!", "\n", "a", " ")) {
                    var text = begin + repeated(part, SHORT) + end;
                    var longer = begin + repeated(part, 4 * SHORT) + end;

                    var work = expression.work(text);
                    assertThat(expression.work(longer))
                            .as("%s…%s", text.substring(0, 20), end)
                            .isLessThanOrEqualTo(8 * (work + SHORT));
                }
            }
        }
    }

    /** Returns short texts of which a longer text can be made that almost matches. */
    private static Set<String> parts(Pattern pattern) {
        var characters = new TreeSet<String>(List.of("a", "0", "A", ".", "-", "/", "*", " "));
        pattern.pattern()
                .chars()
                .filter(c -> c > ' ' && !Character.isLetterOrDigit(c))
                .forEach(c -> characters.add(String.valueOf((char) c)));
        var parts = new TreeSet<>(characters);
        for (var one : characters) {
            parts.add(one + "a");
            parts.add("a0" + one);
        }
        parts.add("*a*");
        parts.add("\033[1;");
        return parts;
    }

    private static String repeated(String part, int length) {
        return part.repeat(length / part.length() + 1).substring(0, length);
    }

    @Test
    void the_test_finds_the_expressions_and_an_expression_that_is_too_slow() throws IOException {
        assertThat(expressions()).hasSizeGreaterThan(50);
        var slow = new Expression("test", Pattern.compile("(a*)*b|(a|aa)+c"), false);
        var quadratic = new Expression("test", Pattern.compile("a+$"), true);

        assertThat(Stream.of(slow, quadratic))
                .allSatisfy(expression ->
                        org.assertj.core.api.Assertions.assertThatThrownBy(
                                        () -> reads_each_character_a_few_times(expression))
                                .satisfiesAnyOf(
                                        failure ->
                                                assertThat(failure)
                                                        .isInstanceOf(
                                                                CountedText.TooMuchWork.class),
                                        failure ->
                                                assertThat(failure)
                                                        .isInstanceOf(AssertionError.class)));
    }

    /** The stack overflows on long texts in groups that are repeated without a limit. */
    @Test
    void every_expression_of_a_spec_with_a_repeated_group_has_a_limit_of_length()
            throws IOException {
        var unlimited = new ArrayList<String>();
        unlimited(
                new ObjectMapper().readTree(RESOURCES.resolve("schema/app.v1.json").toFile()),
                unlimited);
        assertThat(unlimited).isEmpty();
    }

    private static void unlimited(JsonNode schema, List<String> found) {
        var pattern = schema.path("pattern").asText();
        if (Pattern.compile("\\)[*+]").matcher(pattern).find() && !schema.has("maxLength")) {
            found.add(pattern);
        }
        schema.forEach(part -> unlimited(part, found));
    }
}
