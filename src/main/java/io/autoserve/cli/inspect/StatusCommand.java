package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.Terminal;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        header = "Show the platform and all apps, or one app and its instances",
        description = {
            "Without a name, -o json and -o yaml print the API's answers about the platform and"
                    + " about all apps as 'cluster' and 'apps'."
        },
        footer = {
            "%nExamples",
            "  autoserve status",
            "  autoserve status web --watch",
            "  autoserve status web -o json | jq .replicas.ready"
        })
public final class StatusCommand extends ClientCommand {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "NAME",
            description = "The app. Without a name, the platform and all apps are shown.",
            completionCandidates = AppNames.class)
    private List<String> typed = new ArrayList<>();

    @Mixin private WatchOption watching;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        if (watching.enabled() && !output.forPeople()) {
            throw new ParameterException(
                    commandLine(),
                    "--watch works only with -o table: use 'autoserve events -f -o json' instead");
        }
        var api = api();
        var names = AppName.all(commandLine(), typed);
        if (watching.enabled()) {
            watching.watch(
                    terminal(),
                    () -> ask(api, names),
                    (terminal, answer) -> page(terminal, api, names, answer));
            return;
        }
        var answer = ask(api, names);
        output.print(terminal(), answer, () -> page(terminal(), api, names, answer));
    }

    private static JsonNode ask(Api api, List<AppName> names) {
        if (!names.isEmpty()) {
            return api.get(names.getFirst().path(""));
        }
        var all = JsonNodeFactory.instance.objectNode();
        all.set("cluster", api.get("/api/v1/cluster"));
        all.set("apps", api.get("/api/v1/apps").path("apps"));
        return all;
    }

    private void page(Terminal terminal, Api api, List<AppName> names, JsonNode answer) {
        if (!names.isEmpty()) {
            new StatusPage(terminal, now()).print(AppView.of(answer));
            return;
        }
        new ClusterPage(terminal, now()).print(api.url(), answer.path("cluster"));
        terminal.line("");
        new AppTable(terminal, now()).print(answer.path("apps"));
    }
}
