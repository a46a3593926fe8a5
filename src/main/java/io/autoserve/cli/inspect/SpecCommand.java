package io.autoserve.cli.inspect;

import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.spec.Yaml;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "spec",
        header = "Show the spec of an app, including all defaults",
        footer = {"%nExamples", "  autoserve spec web", "  autoserve spec web --raw > web.yaml"})
public final class SpecCommand extends ClientCommand {
    enum Format {
        yaml,
        json
    }

    @Mixin private AppArgument app;

    @Option(
            names = "--raw",
            description = "Show the spec exactly as it was applied, without defaults.")
    private boolean raw;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description =
                    "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}); ignored with --raw.")
    private Format format = Format.yaml;

    @Override
    public void run() {
        var path = app.path("/spec");
        if (raw) {
            terminal().verbatim(api().text(path + "?raw=true").stripTrailing());
            return;
        }
        var spec = api().get(path);
        terminal()
                .verbatim(
                        switch (format) {
                            case yaml -> Yaml.write(spec).stripTrailing();
                            case json -> spec.toPrettyString();
                        });
    }
}
