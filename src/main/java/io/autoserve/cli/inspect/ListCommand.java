package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.States;
import io.autoserve.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "list",
        aliases = "ls",
        header = "List all apps and their states",
        footer = {
            "%nExamples",
            "  autoserve list",
            "  autoserve list -o json | jq -r '.apps[] | select(.state != \"Running\") | .name'"
        })
public final class ListCommand extends ClientCommand {
    @Mixin private OutputOption output;

    @Override
    public void run() {
        var answer = api().get("/api/v1/apps");
        output.print(terminal(), answer, () -> table(answer.path("apps")));
    }

    private void table(JsonNode apps) {
        if (apps.isEmpty()) {
            terminal().line("There are no apps yet. Run 'autoserve apply FILE' to register one.");
            return;
        }
        var now = now();
        var table =
                new Table("")
                        .header(terminal(), "NAME", "STATE", "READY", "REVISION", "AGE", "IMAGE");
        for (var json : apps) {
            var app = AppView.of(json);
            table.row(
                    app.name(),
                    States.dot(terminal(), app.state()),
                    app.ready() + "/" + app.desired(),
                    String.valueOf(app.revision()),
                    HumanUnits.age(app.createdAt(), now),
                    app.image());
        }
        table.print(terminal());
        for (var json : apps) {
            var app = AppView.of(json);
            app.conflicts()
                    .forEach(conflict -> terminal().line("%s: %s".formatted(app.name(), conflict)));
        }
    }
}
