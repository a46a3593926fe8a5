package io.autoserve.cli.inspect;

import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.spec.Yaml;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "spec",
        header = "An app's spec as understood, defaults included",
        footer = {"%nExamples", "  autoserve spec web", "  autoserve spec web --raw > web.yaml"})
public final class SpecCommand extends ClientCommand {
    enum Format {
        yaml,
        json
    }

    @Mixin private AppArgument app;

    @Option(names = "--raw", description = "Word for word as it was written, without defaults.")
    private boolean raw;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}); not with --raw.")
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
