package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecCommandTest {
    private static String text(List<String> command) {
        return new ExecCommand(command, false, false, 80, 24).text();
    }

    @Test
    void its_text_is_the_program_and_the_number_of_arguments() {
        assertThat(text(List.of("ls"))).isEqualTo("'ls'");
        assertThat(text(List.of("ls", "secret"))).isEqualTo("'ls' with 1 argument");
        assertThat(text(List.of("ls", "-l", "secret"))).isEqualTo("'ls' with 2 arguments");
    }

    @Test
    void the_name_of_the_program_is_cut_so_that_its_events_stay_small() {
        var most = new ArrayList<>(Collections.nCopies(30_000, ""));
        most.addFirst("x".repeat(ExecCommand.LONGEST));

        assertThat(text(most)).hasSizeLessThanOrEqualTo(200).startsWith("'xxx").contains("x…'");
    }
}
