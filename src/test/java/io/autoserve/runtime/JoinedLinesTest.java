package io.autoserve.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.LogLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JoinedLinesTest {
    private static final Instant FIRST = Instant.parse("2026-01-01T12:00:00Z");
    private static final Instant SECOND = FIRST.plusSeconds(1);

    private final List<LogLine> passed = new ArrayList<>();
    private final JoinedLines lines = new JoinedLines(passed::add);

    @Test
    void a_line_that_ends_is_passed_on_at_once() throws Exception {
        frame(false, FIRST, "hello  \n");
        frame(true, SECOND, "\n");

        assertThat(passed)
                .containsExactly(new LogLine(FIRST, false, "hello"), new LogLine(SECOND, true, ""));
    }

    @Test
    void the_parts_of_a_line_are_joined_while_the_other_stream_continues() throws Exception {
        frame(false, FIRST, "one ");
        frame(true, FIRST, "error ");
        frame(false, SECOND, "line\n");
        frame(true, SECOND, "too\n");

        assertThat(passed)
                .containsExactly(
                        new LogLine(SECOND, false, "one line"),
                        new LogLine(SECOND, true, "error too"));
    }

    @Test
    void a_character_may_be_divided_between_two_parts() throws Exception {
        var text = "ä\n".getBytes(UTF_8);
        frame(FIRST, Arrays.copyOf(text, 1));
        frame(SECOND, Arrays.copyOfRange(text, 1, 3));

        assertThat(passed).containsExactly(new LogLine(SECOND, false, "ä"));
    }

    @Test
    void a_line_without_an_end_is_passed_on_when_the_log_ends() throws Exception {
        frame(false, FIRST, "half");
        assertThat(passed).isEmpty();

        lines.end();
        lines.end();

        assertThat(passed).containsExactly(new LogLine(FIRST, false, "half"));
    }

    @Test
    void a_line_that_never_ends_does_not_fill_the_memory() throws Exception {
        for (var part = 0; part < 40; part++) {
            frame(false, FIRST, "x".repeat(16 << 10));
        }

        assertThat(passed).hasSize(2).allMatch(line -> line.text().length() == 256 << 10);
    }

    private void frame(boolean error, Instant at, String text) throws InterruptedException {
        lines.frame(error, (at + " " + text).getBytes(UTF_8));
    }

    private void frame(Instant at, byte[] text) throws InterruptedException {
        var time = (at + " ").getBytes(UTF_8);
        var bytes = Arrays.copyOf(time, time.length + text.length);
        System.arraycopy(text, 0, bytes, time.length, text.length);
        lines.frame(false, bytes);
    }
}
