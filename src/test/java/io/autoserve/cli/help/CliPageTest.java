package io.autoserve.cli.help;

import io.autoserve.cli.command.ConnectionOptions;
import io.autoserve.cli.help.CommandPage.Entry;
import io.autoserve.docs.Page;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class CliPageTest {
    private static final String BEGINNING =
            """
            # The command line

            This page is generated from the help, which `autoserve COMMAND --help` shows. The manual pages have the same content:

            ```console
            $ ./autoserve man
            $ man autoserve-apply
            ```

            Every command that calls a controller also has the options under [which controller](#which-controller). Every command has `--help`.
            """;

    private final StringBuilder text = new StringBuilder(BEGINNING);
    private final List<CommandPage> pages = CommandPage.all(DocumentedCommandsTest.commands());
    private final List<Entry> connection =
            CommandPage.all(new CommandLine(new ConnectionOptions())).getFirst().options();

    @Test
    void the_reference_says_what_the_help_says() {
        pages.stream().skip(1).forEach(this::tell); // the first page lists the other pages
        text.append("\n## Which controller\n");
        table("Option", connection);
        text.append("\n## Exit codes\n");
        table("Code", pages.getFirst().exitCodes());
        new Page("cli.md").mustBe(text.toString());
    }

    private void tell(CommandPage page) {
        text.append("\n## ").append(page.name()).append("\n\n");
        text.append(page.header()).append(".\n");
        page.description().forEach(words -> text.append('\n').append(words).append('\n'));
        code("", List.of(page.synopsis()));
        table("Argument", page.arguments());
        table(
                "Option",
                page.options().stream()
                        .filter(it -> !connection.contains(it) && !it.term().endsWith("--help"))
                        .toList());
        table("Command", page.commands());
        if (!page.examples().isEmpty()) {
            code("sh", page.examples());
        }
    }

    private void table(String title, List<Entry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        text.append("\n| %s | |%n|---|---|%n".formatted(title));
        entries.forEach(entry ->
                text.append(
                        "| `%s` | %s |%n"
                                .formatted(Page.cell(entry.term()), Page.cell(entry.meaning()))));
    }

    private void code(String language, List<String> lines) {
        text.append("\n```%s%n%s%n```%n".formatted(language, String.join("\n", lines)));
    }
}
