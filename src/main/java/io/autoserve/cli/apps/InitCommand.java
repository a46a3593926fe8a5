package io.autoserve.cli.apps;

import io.autoserve.Settings;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.ShellCommand;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "init",
        header = "Write the spec of a new app from a Dockerfile",
        description = {
            "Needs no controller. The spec gets the ports (EXPOSE, or the variable PORT) and the"
                    + " volumes (VOLUME). The user, the variables, the command and the"
                    + " HEALTHCHECK are those of the image. A folder with a Compose file instead"
                    + " of a Dockerfile is converted as by 'import'."
        },
        footer = {
            "%nExamples",
            "  autoserve init",
            "  autoserve init shop/Dockerfile --name web --image example.com/shop/web:1"
        })
public final class InitCommand extends ShellCommand {
    private static final String DOCKERFILE = "Dockerfile";
    private static final List<String> USUAL =
            List.of(
                    DOCKERFILE,
                    "Containerfile",
                    "compose.yaml",
                    "compose.yml",
                    "docker-compose.yaml",
                    "docker-compose.yml");

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "A Dockerfile, a Compose file or a folder with one of them. By default, the"
                            + " current folder.")
    private Path given = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of the app. By default, the name of the Dockerfile's folder.")
    private @Nullable AppName name;

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description =
                    "Name of the built image. By default, localhost/NAME:latest, which is never"
                            + " pulled.")
    private @Nullable String image;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Write NAME.yaml to this folder. By default, to the current one.")
    private Path folder = Path.of("");

    @Option(names = "--force", description = "Overwrite a file with different content.")
    private boolean force;

    @Override
    public void run() {
        var file = file();
        var allowance = Settings.from(environment()).allowance();
        if (file.toString().toLowerCase(Locale.ROOT).matches(".*\\.ya?ml")) {
            refuseWithCompose();
            new ForeignFile(file, terminal())
                    .compose(environment(), null, false, allowance)
                    .write(folder, force);
            return;
        }
        var app = name == null ? nameOf(file) : name;
        var built = image == null ? "localhost/%s:latest".formatted(app.text()) : image;
        var specs = new ForeignFile(file, terminal()).dockerfile(app.text(), built, allowance);
        specs.write(folder, force);
        terminal()
                .line(
                        "Run 'docker build -t %s %s', then 'autoserve apply %s.yaml --wait'."
                                .formatted(built, source(file), app.text()));
    }

    /** Returns the arguments of {@code docker build} that name the Dockerfile. */
    private static String source(Path file) {
        var folder = folderOf(file);
        return file.endsWith(DOCKERFILE) ? folder : "-f %s %s".formatted(file, folder);
    }

    private void refuseWithCompose() {
        if (name != null || image != null) {
            throw new ParameterException(
                    commandLine(),
                    "--name and --image are for a Dockerfile: a Compose file names its services"
                            + " and images");
        }
    }

    private Path file() {
        if (!given.toString().isEmpty() && !Files.isDirectory(given)) {
            return given;
        }
        return USUAL.stream()
                .map(given::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() ->
                        CommandFailure.of(
                                Exit.NOT_FOUND,
                                "there is no Dockerfile and no Compose file in %s: name the file"
                                        .formatted(given.toAbsolutePath())));
    }

    private static String folderOf(Path file) {
        var parent = file.getParent();
        return parent == null ? "." : parent.toString();
    }

    private AppName nameOf(Path file) {
        return AppNameOfFolder.of(commandLine(), Path.of(folderOf(file)), "--name");
    }
}
