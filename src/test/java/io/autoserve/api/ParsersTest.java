package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.access.Browser;
import io.autoserve.access.Sessions;
import io.autoserve.access.TokenText;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Glob;
import io.autoserve.model.PlainText;
import io.autoserve.testing.Cost;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that each parser of a client's text needs time in proportion to the length of the text. The
 * lengths are those that a header may have. Times are compared with others of the same run.
 */
class ParsersTest {
    private static final int LENGTH = 2_000;
    private static final int TIMES = 5;

    /** Generous, since a parser may use the processor's caches less well for a longer text. */
    private static final int FACTOR = 6;

    static Stream<Arguments> parsers() {
        var parsers = new LinkedHashMap<String, Consumer<String>>();
        parsers.put("token", TokenText::parse);
        parsers.put("session", Sessions::parse);
        parsers.put("host", host -> new Browser(host, null, null).hostIsOurs());
        parsers.put("origin", origin -> new Browser("a", origin, null).otherPage());
        parsers.put("name of an app", AppSpec::isName);
        parsers.put("pattern of names", pattern -> matched(pattern, "a".repeat(63)));
        parsers.put("name for a pattern", name -> matched("*a*", name));
        parsers.put("reason", PlainText::of);
        Contract.published().operations().stream()
                .flatMap(operation -> operation.parameters().stream())
                .distinct()
                .forEach(parameter ->
                        parsers.put(
                                "%s %s of %s"
                                        .formatted(
                                                parameter.in(), parameter.name(), parameter.kind()),
                                text -> parameter.read(text, (FieldError _) -> {})));
        return parsers.entrySet().stream().map(it -> Arguments.of(it.getKey(), it.getValue()));
    }

    private static void matched(String pattern, String name) {
        if (Glob.stars(pattern) <= Glob.MOST_STARS) {
            Glob.matches(pattern, name);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("parsers")
    void takes_time_in_proportion_to_the_length(String name, Consumer<String> parser) {
        for (var part :
                Set.of(
                        "a", "0", ".", "*", "a.", "-a", "a-", "1-", ",a", "as_", "=;", "\"",
                        "\u202e", "[:")) {
            var text = part.repeat(LENGTH / part.length());
            var longer = part.repeat(4 * LENGTH / part.length());

            var work = cost(parser, text);
            var floor = cost(ParsersTest::scan, longer); // reads each character once
            assertThat(cost(parser, longer))
                    .as("%s, cost of a quarter %s, floor %s", part, work, floor)
                    .isLessThanOrEqualTo(
                            work.multipliedBy(4L * FACTOR).plus(floor.multipliedBy(FACTOR)));
        }
    }

    private static void scan(String text) {
        var sum = 0;
        for (var index = 0; index < text.length(); index++) {
            sum = 31 * sum + text.charAt(index);
        }
        if (sum == 42) {
            throw new AssertionError("the compiler must not remove the loop");
        }
    }

    private static Duration cost(Consumer<String> parser, String text) {
        return Cost.least(() -> {
            for (var time = 0; time < TIMES; time++) {
                parser.accept(text);
            }
        });
    }
}
