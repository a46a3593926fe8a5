package io.autoserve.cli.help;

import io.autoserve.cli.command.ShellCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "man",
        header = "Write the manual pages, so that 'man autoserve-apply' works",
        description =
                "Writes one page for each command into the subfolder man1 of a folder that man"
                        + " searches: /usr/local/share/man if you can write to it, otherwise"
                        + " ~/.local/share/man.",
        footer = {"%nExamples", "  autoserve man", "  autoserve man /usr/share/man"})
public final class ManCommand extends ShellCommand {
    private static final Path FOR_ALL = Path.of("/usr/local/share/man");

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "FOLDER",
            description = "The folder to use instead of the standard one.")
    private @Nullable Path folder;

    @Override
    public void run() {
        var section = (folder == null ? standard() : folder).resolve("man1");
        var pages = CommandPage.all(spec.root().commandLine()).stream().map(ManPage::new).toList();
        write(section, pages);
        terminal().line("%d pages are in %s: try 'man autoserve'".formatted(pages.size(), section));
    }

    private Path standard() {
        return Files.isWritable(FOR_ALL)
                ? FOR_ALL
                : Path.of(environment().getOrDefault("HOME", "."), ".local/share/man");
    }

    private static void write(Path section, List<ManPage> pages) {
        try {
            Files.createDirectories(section);
            for (var page : pages) {
                Files.writeString(section.resolve(page.name() + ".1"), page.text());
            }
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    "%s cannot be written to (%s): name another folder".formatted(section, e),
                    e);
        }
    }
}
