package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "plan",
        header = "Show what applying a spec would do, without doing it",
        footer = {
            "%nExamples",
            "  autoserve plan web.yaml",
            "  autoserve plan web.yaml -o json | jq .actions"
        })
public final class PlanCommand extends ClientCommand {
    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "A spec in YAML or JSON, or - for standard input. Further specs are overlays,"
                            + " as for 'apply'.")
    private List<String> files = new ArrayList<>();

    @Mixin private VariableOptions variables;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        var spec = new SpecFiles(files, variables, terminal()).readOne("plan");
        var answer = api().send("PUT", "/api/v1/apps/" + spec.path() + "?dryRun=true", spec.body());
        output.print(terminal(), answer, () -> page(spec.name(), answer));
    }

    private void page(String name, JsonNode plan) {
        terminal().line(summary(terminal().paint(Paint.STRONG, name), plan));
        changes(plan.path("changes"));
        actions(plan.path("actions"));
    }

    private static String summary(String name, JsonNode plan) {
        var revision = plan.path("revision").asInt();
        return switch (plan.path("outcome").asText()) {
            case "Created" -> name + " would be registered";
            case "Changed" ->
                    "%s would go from revision %d to %d".formatted(name, revision - 1, revision);
            default -> "%s stays at revision %d".formatted(name, revision);
        };
    }

    private void changes(JsonNode changes) {
        if (changes.isEmpty()) {
            return;
        }
        terminal().line("");
        var table = new Table("  ");
        for (var change : changes) {
            table.row(
                    change.path("path").asText(),
                    terminal().paint(Paint.BAD, text(change.path("before"))),
                    "→",
                    terminal().paint(Paint.GOOD, text(change.path("after"))));
        }
        table.print(terminal());
    }

    private static String text(JsonNode value) {
        return value.isNull() ? "-" : value.asText();
    }

    private void actions(JsonNode actions) {
        terminal().line("");
        if (actions.isEmpty()) {
            terminal().line("  No instance would be started or stopped.");
            return;
        }
        var table = new Table("  ");
        for (var action : actions) {
            table.row(
                    action.path("action").asText(),
                    action.path("subject").asText(),
                    terminal().paint(Paint.FAINT, action.path("reason").asText()));
        }
        table.print(terminal());
    }
}
