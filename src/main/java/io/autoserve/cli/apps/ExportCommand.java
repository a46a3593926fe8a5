package io.autoserve.cli.apps;

import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.exit.CollectedFailures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        header = "Write the specs of apps to files, exactly as they were applied",
        description = {
            "The exported specs include all comments. Applying them with 'apply -f FOLDER'"
                    + " changes nothing. Without -o the specs are printed. If an app cannot be"
                    + " exported, the command still exports the others, but then fails and names"
                    + " the app."
        },
        footer = {
            "%nExamples",
            "  autoserve export --all -o apps/",
            "  autoserve export web > web.yaml"
        })
public final class ExportCommand extends ClientCommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "NAME",
            description = "The apps to export.",
            completionCandidates = AppNames.class)
    private List<String> typed = new ArrayList<>();

    @Option(names = "--all", description = "Export all apps.")
    private boolean all;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Write each spec to NAME.yaml in this folder.")
    private @Nullable Path folder;

    @Option(names = "--force", description = "Overwrite files with different content.")
    private boolean force;

    @Override
    public void run() {
        if (typed.isEmpty() != all) {
            throw new ParameterException(
                    commandLine(), "name the apps to export or use --all, but not both");
        }
        if (all) {
            api().get("/api/v1/apps")
                    .path("apps")
                    .forEach(app -> typed.add(app.path("name").asText()));
        }
        if (folder == null) {
            print(names());
        } else {
            write(names(), folder);
        }
    }

    private List<AppName> names() {
        return AppName.all(commandLine(), typed);
    }

    private String spec(AppName name) {
        return api().text(name.path("/spec?raw=true")).stripTrailing() + "\n";
    }

    private void print(List<AppName> names) {
        var failures = new CollectedFailures();
        var separator = new StringBuilder();
        for (var name : names) {
            failures.attempt(
                    name.text(),
                    () -> {
                        terminal().verbatim(separator + spec(name).stripTrailing());
                        separator.replace(0, separator.length(), "---\n");
                    });
        }
        failures.throwAny(summary(failures, names));
    }

    private void write(List<AppName> names, Path folder) {
        var failures = new CollectedFailures();
        names.forEach(name -> failures.attempt(name.text(), () -> write(name, folder)));
        failures.throwAny(summary(failures, names));
    }

    private void write(AppName name, Path folder) {
        var text = spec(name);
        var file = name.text() + (text.startsWith("{") ? ".json" : ".yaml");
        new NewFiles(terminal(), force).write(folder, file, text);
    }

    private static String summary(CollectedFailures failures, List<AppName> names) {
        return "%d of %d apps were not exported".formatted(failures.count(), names.size());
    }
}
