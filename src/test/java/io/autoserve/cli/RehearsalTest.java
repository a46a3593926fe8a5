package io.autoserve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class RehearsalTest {
    @Test
    void every_command_succeeds_against_the_fake_controller() throws IOException {
        assertThat(Rehearsal.run()).isNotEmpty().allSatisfy((_, exit) -> assertThat(exit).isZero());
    }
}
