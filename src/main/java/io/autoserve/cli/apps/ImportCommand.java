package io.autoserve.cli.apps;

import io.autoserve.Settings;
import io.autoserve.cli.command.ShellCommand;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        header = "Convert a Compose file to a spec for each service",
        description = {
            "Needs no controller and changes nothing. Each field that is not carried over is"
                    + " listed with its line and what to do instead. Data in volumes is not"
                    + " copied. Variables get their values from the environment and from .env"
                    + " next to the file. Without -o the specs are printed."
        },
        footer = {
            "%nExamples",
            "  autoserve import compose.yaml -o apps/",
            "  autoserve import compose.yaml --env-file production.env -o apps/"
        })
public final class ImportCommand extends ShellCommand {
    @Parameters(paramLabel = "FILE", description = "A Compose file.")
    private Path file;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Write each spec to NAME.yaml in this folder.")
    private @Nullable Path folder;

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description = "Read variables from this file instead of .env.")
    private @Nullable Path variables;

    @Option(
            names = "--host-paths",
            description =
                    "Keep folders of the machine as volumes. The installation must allow it with"
                            + " AUTOSERVE_ALLOW_HOST_PATHS.")
    private boolean hostPaths;

    @Option(names = "--force", description = "Overwrite files with different content.")
    private boolean force;

    @Override
    public void run() {
        var allowance = Settings.from(environment()).allowance();
        var specs =
                new ForeignFile(file, terminal())
                        .compose(environment(), variables, hostPaths, allowance);
        if (folder == null) {
            specs.print();
        } else {
            specs.write(folder, force);
        }
    }
}
