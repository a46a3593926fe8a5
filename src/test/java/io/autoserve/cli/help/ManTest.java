package io.autoserve.cli.help;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManTest {
    @TempDir private Path folder;

    @Test
    void every_command_has_a_page_of_its_own() throws IOException {
        var said = new Session().run("man", folder.toString());

        assertThat(said.exit()).isZero();
        assertThat(said.out()).contains("man autoserve");
        try (var pages = Files.list(folder.resolve("man1"))) {
            assertThat(pages.map(page -> page.getFileName().toString()))
                    .contains("autoserve.1", "autoserve-apply.1", "autoserve-rollout-undo.1");
        }
    }

    @Test
    void a_page_says_what_the_help_says() throws IOException {
        new Session().run("man", folder.toString());

        assertThat(page("autoserve-port-forward"))
                .contains(".SH NAME\nautoserve\\-port\\-forward \\- Reach a port")
                .contains(".SH SYNOPSIS\nautoserve port\\-forward [OPTIONS] ")
                .contains("until Ctrl\\-C.")
                .contains(".TP\n\\fB\\-\\-token TOKEN\\fR\n")
                .contains("autoserve port\\-forward web 8080")
                .contains(".BR autoserve (1)");
        assertThat(page("autoserve")).contains(".SH EXIT STATUS\n.TP\n\\fB0\\fR\ndone\n");
    }

    @Test
    void no_line_is_an_order_that_man_does_not_know() throws IOException {
        new Session().run("man", folder.toString());

        try (var pages = Files.list(folder.resolve("man1"))) {
            for (var page : pages.toList()) {
                assertThat(Files.readAllLines(page))
                        .filteredOn(line -> line.startsWith(".") || line.startsWith("'"))
                        .allMatch(line -> line.matches("\\.(TH|SH|PP|TP|BR|nf|fi)( .*)?"));
            }
        }
    }

    private String page(String name) throws IOException {
        return Files.readString(folder.resolve("man1/" + name + ".1"), StandardCharsets.UTF_8);
    }
}
