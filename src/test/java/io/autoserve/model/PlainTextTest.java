package io.autoserve.model;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.ready;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.Fixtures;
import org.junit.jupiter.api.Test;

/** Tests how control characters are removed from the text of containers. */
class PlainTextTest {
    @Test
    void is_one_line_that_a_terminal_and_the_database_accept() {
        assertThat(PlainText.of("\033[31mred\033[0m and\r\n\ttext\0 with \033]0;title\007 in it"))
                .isEqualTo("red and text  with  ]0;title  in it");
    }

    @Test
    void has_no_character_that_makes_it_look_like_another_text() {
        assertThat(PlainText.of("a\u202Eb\u2066c\u200Bd\u200Fe\uFEFFf\u061Cg\u2069"))
                .isEqualTo("abcdefg");
    }

    @Test
    void is_cut_without_splitting_a_surrogate_pair() {
        assertThat(PlainText.cut("12345", 5)).isEqualTo("12345");
        assertThat(PlainText.cut("123456", 5)).isEqualTo("1234…");
        assertThat(PlainText.cut("123\uD83D\uDE8056", 5)).isEqualTo("123…");
        assertThat(PlainText.cut("12\uD83D\uDE8056", 5)).isEqualTo("12\uD83D\uDE80…");
    }

    @Test
    void a_reason_with_nul_is_recorded_without_it() {
        var instance = ready(Fixtures.app("web", 1), 0);
        assertThat(instance.checked(false, "exit code 1: a\0b", NOON).reason())
                .isEqualTo("exit code 1: a b");
        assertThat(instance.failed(1, NOON, "\0", NOON).reason()).isEmpty();
    }
}
