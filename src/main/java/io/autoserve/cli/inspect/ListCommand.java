package io.autoserve.cli.inspect;

import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
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
        output.print(
                terminal(),
                answer,
                () -> new AppTable(terminal(), now()).print(answer.path("apps")));
    }
}
