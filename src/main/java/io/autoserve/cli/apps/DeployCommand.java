package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.Settings;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.ConnectionOptions;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import io.autoserve.spec.ImageText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
        name = "deploy",
        header = "Build an image, or name one, and deploy it",
        description = {
            "Only the image of the app's spec changes, and comments are kept. With --build, Docker"
                    + " builds the Dockerfile of a folder on this machine, and the image gets the"
                    + " name localhost/NAME:TIME. This needs an installation on this machine. With"
                    + " --push, Docker pushes the image to a registry, and the installation, which"
                    + " may be on another machine, runs the image with exactly this digest. If"
                    + " there is no such app yet, its spec is made from the Dockerfile, as by"
                    + " 'init'. AUTOSERVE_DOCKER_CLI names another program than docker."
        },
        footer = {
            "%nExamples",
            "  autoserve deploy --wait",
            "  autoserve deploy --app web --build shop/ --wait",
            "  autoserve deploy --app web --push registry.example.com/shop/web --wait",
            "  autoserve deploy --app web --image registry.example.com/shop/web:1.5"
        })
public final class DeployCommand extends ClientCommand {
    private static final DateTimeFormatter TAG =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    @Option(
            names = "--app",
            paramLabel = "NAME",
            description = "The app. By default, it has the name of the built folder.")
    private @Nullable AppName app;

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "Deploy this image, and build none.")
    private @Nullable String image;

    @Option(
            names = "--build",
            paramLabel = "FOLDER",
            description = "Build the Dockerfile of this folder. By default, of the current one.")
    private @Nullable Path folder;

    @Option(
            names = "--push",
            paramLabel = "REPOSITORY",
            description =
                    "Push the built image to this repository of a registry, such as"
                            + " registry.example.com/shop/web.")
    private @Nullable String repository;

    @Option(
            names = "--build-timeout",
            paramLabel = "TIME",
            description =
                    "End a build or a push that takes longer than this, such as 1h (default 30m).")
    private Duration buildTimeout = Duration.ofMinutes(30);

    @Mixin private WaitOptions waiting;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        if (image != null && (folder != null || repository != null)) {
            throw new ParameterException(
                    commandLine(), "use either --image, or --build and --push");
        }
        if (repository != null && !repository.matches("[^@]+?/[^:@]+")) {
            throw new ParameterException(
                    commandLine(),
                    "--push needs a repository without a tag, such as registry.example.com/shop/web, was '%s'"
                            .formatted(repository));
        }
        if (image == null) {
            build(folder == null ? Path.of("") : folder);
        } else if (app == null) {
            throw new ParameterException(commandLine(), "--image needs --app");
        } else {
            deploy(app, image);
        }
    }

    private void deploy(AppName name, String given) {
        var present =
                present(name)
                        .orElseThrow(() ->
                                CommandFailure.of(
                                        Exit.NOT_FOUND,
                                        "app '%s' does not exist: register it with 'autoserve apply'"
                                                .formatted(name.text())));
        settle(changed(name, present, given));
    }

    private void build(Path source) {
        var dockerfile = source.resolve("Dockerfile");
        if (!Files.isRegularFile(dockerfile)) {
            throw CommandFailure.of(Exit.NOT_FOUND, "there is no file " + dockerfile);
        }
        if (repository == null && !ConnectionOptions.loopback(api().url())) {
            throw CommandFailure.of(
                    Exit.USAGE,
                    "--build needs an installation on this machine, and the API is at %s: push the image to a registry with --push"
                            .formatted(api().url()));
        }
        var name = app == null ? AppNameOfFolder.of(commandLine(), source, "--app") : app;
        var present = present(name); // before the build, so that a denied deploy builds nothing
        var built = built(source, repository == null ? "localhost/" + name.text() : repository);
        settle(
                present.isPresent()
                        ? changed(name, present.get(), built)
                        : registered(name, dockerfile, built));
    }

    /** Returns the name of the image, with its digest if a registry has it. */
    private String built(Path source, String name) {
        var docker = new DockerBuild(terminal(), environment(), buildTimeout);
        var tagged = "%s:%s".formatted(name, TAG.format(now()));
        docker.build(source, tagged);
        return repository == null ? tagged : docker.push(name, tagged);
    }

    private Optional<AppView> present(AppName name) {
        return api().find(name.path("")).map(AppView::of);
    }

    private JsonNode changed(AppName name, AppView present, String image) {
        var raw = api().text(name.path("/spec?raw=true"));
        var text =
                ImageText.replaced(raw, image)
                        .orElseThrow(() ->
                                CommandFailure.of(
                                        Exit.REFUSED,
                                        "the image of '%s' cannot be replaced in its spec: use 'autoserve apply'"
                                                .formatted(name.text())));
        var from = Api.query(Map.of("from", String.valueOf(present.revision())));
        return ApplyCommand.apply(api(), new SpecFile("spec of " + name.text(), text), from);
    }

    private JsonNode registered(AppName name, Path dockerfile, String image) {
        var allowance = Settings.from(environment()).allowance();
        var specs =
                new ForeignFile(dockerfile, terminal()).dockerfile(name.text(), image, allowance);
        return ApplyCommand.apply(api(), new SpecFile("spec of " + name.text(), specs.only()), "");
    }

    private void settle(JsonNode answer) {
        var seen = AppView.of(answer);
        settle(
                answer,
                output,
                waiting,
                Goal.SERVING,
                "%s %s, revision %d with the image %s"
                        .formatted(
                                seen.name(),
                                ApplyCommand.word(answer),
                                seen.revision(),
                                seen.image()));
        if (output.forPeople() && seen.revision() > 1) {
            terminal().line("Roll back with 'autoserve rollback %s'.".formatted(seen.name()));
        }
    }
}
