package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

@Command(
        name = "status",
        header = "Show an app and its instances",
        description = "For all apps, use 'autoserve list'.",
        footer = {
            "%nExamples",
            "  autoserve status web",
            "  autoserve status web --watch",
            "  autoserve status web -o json | jq .replicas.ready"
        })
public final class StatusCommand extends ClientCommand {
    @Mixin private AppArgument app;

    @Mixin private WatchOption watching;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        if (watching.enabled() && !output.forPeople()) {
            throw new ParameterException(
                    commandLine(),
                    "--watch works only with -o table: use 'autoserve events -f -o json' instead");
        }
        if (watching.enabled()) {
            watching.watch(terminal(), this::ask, this::page);
            return;
        }
        var answer = ask();
        output.print(terminal(), answer, () -> page(terminal(), answer));
    }

    private JsonNode ask() {
        return api().get(app.path(""));
    }

    private void page(Terminal terminal, JsonNode answer) {
        new StatusPage(terminal, now()).print(AppView.of(answer));
    }
}
