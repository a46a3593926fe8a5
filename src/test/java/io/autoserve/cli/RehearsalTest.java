package io.autoserve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RehearsalTest {
    @TempDir private Path folder;

    @Test
    void every_command_succeeds_against_the_fake_controller() throws Exception {
        assertThat(Rehearsal.run()).isNotEmpty().allSatisfy((_, exit) -> assertThat(exit).isZero());
    }

    @Test
    void every_command_succeeds_with_the_certificate_that_the_launcher_makes() throws Exception {
        makeCertificate();

        assertThat(
                        Rehearsal.run(
                                folder.resolve("rehearsal.p12").toString(),
                                folder.resolve("rehearsal.crt").toString()))
                .containsKeys("http list", "https list")
                .allSatisfy((_, exit) -> assertThat(exit).isZero());
    }

    private void makeCertificate() throws Exception {
        var launcher =
                new ProcessBuilder(
                                "bash",
                                "-c",
                                "state=$1; source src/main/sh/java.sh; rehearsal_certificate",
                                "bash",
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        var output = new String(launcher.getInputStream().readAllBytes(), UTF_8);
        assertThat(launcher.waitFor()).as(output).isZero();
    }
}
