package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.testing.Cost;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
    @ParameterizedTest
    @CsvSource({
        "shop, shop, true",
        "shop, shop-eu, false",
        "*, shop, true",
        "shop-*, shop-eu, true",
        "shop-*, shop-, true",
        "shop-*, shop, false",
        "*-eu, shop-eu, true",
        "*shop*, my-shop-eu, true",
        "*shop*, shop, true",
        "*shop*, sho, false",
        "a*a, a, false",
        "a*b*a, aba, true",
        "a*b*a, aa, false",
        "**, shop, true",
    })
    void matches_whole_names(String pattern, String name, boolean matches) {
        assertThat(Glob.matches(pattern, name)).isEqualTo(matches);
    }

    @Test
    void agrees_with_a_regular_expression() {
        var random = new SplittableRandom(1);
        for (var round = 0; round < 20_000; round++) {
            var pattern = text(random, random.nextInt(7), "ab*");
            var name = text(random, random.nextInt(7), "ab");
            if (Glob.stars(pattern) <= Glob.MOST_STARS) {
                assertThat(Glob.matches(pattern, name))
                        .as("%s, %s", pattern, name)
                        .isEqualTo(name.matches(pattern.replace("*", ".*")));
            }
        }
    }

    @Test
    void refuses_more_than_two_stars() {
        assertThatThrownBy(() -> Glob.matches("a*b*c*", "abc"))
                .hasMessage("too many '*' in 'a*b*c*'");
        assertThatThrownBy(() -> new Scope(List.of("*-*-*")))
                .hasMessage("a pattern may have at most 2 '*', '*-*-*' has 3");
    }

    @Test
    void no_pattern_takes_longer_than_a_millisecond() {
        var name = "a".repeat(62) + "b";
        for (var pattern : List.of("*", "*a*", "*" + "a".repeat(30) + "c*", "a*a", "*ab")) {
            assertThat(Cost.least(() -> Glob.matches(pattern, name)))
                    .as(pattern)
                    .isLessThan(Duration.ofMillis(1));
        }
    }

    private static String text(SplittableRandom random, int length, String alphabet) {
        return random.ints(length, 0, alphabet.length())
                .mapToObj(i -> alphabet.substring(i, i + 1))
                .collect(Collectors.joining());
    }
}
