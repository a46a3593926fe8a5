package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.LogLine;
import io.autoserve.runtime.ContainerRuntime.Ending;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ExitSummaryTest {
    @Test
    void tells_how_it_ended_and_what_it_said_last_in_one_line() {
        var lines = lines("1", "2", "3", "4", "5", "no database");

        assertThat(ExitSummary.of(new Ending(3, false, lines)))
                .isEqualTo(", exit code 3; last output: 2 / 3 / 4 / 5 / no database");
        assertThat(ExitSummary.of(new Ending(137, true, List.of()))).isEqualTo(", out of memory");
        assertThat(ExitSummary.of(new Ending(null, false, List.of()))).isEmpty();
    }

    @Test
    void last_words_steer_nobodys_terminal() {
        var lines = lines("\033[31mred\033[0m\r\n", "\033]0;title\007\000\u009b2J");

        assertThat(ExitSummary.of(new Ending(1, false, lines)))
                .isEqualTo(", exit code 1; last output: red / ]0;title 2J");
    }

    private static List<LogLine> lines(String... texts) {
        return Stream.of(texts).map(text -> new LogLine(NOON, false, text)).toList();
    }
}
