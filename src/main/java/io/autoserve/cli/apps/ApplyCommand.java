package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

@Command(
        name = "apply",
        header = "Create or update apps from their specs",
        description = {
            "All specs are checked before the first one is applied. If any spec has an error, all"
                    + " errors are shown and nothing is applied.",
            "A file may have several specs, which lines with --- separate. If a file or folder has a"
                    + " spec of an app that an earlier one has too, it is an overlay: its fields"
                    + " replace those of the earlier spec, null removes a field, and lists whose"
                    + " items have names are merged by these names.",
            "With several specs, --wait waits for all apps at once, and --timeout covers all of"
                    + " them together. An app that fails does not end the wait for the others. A"
                    + " table at the end shows the outcome of each app. The command fails if any"
                    + " app failed. Its exit code is 6 if all failures are timeouts.",
            "With several specs, -o json and -o yaml print one list with the controller's answer"
                    + " to each applied spec, before the wait. Failures go to standard error."
        },
        footer = {
            "%nExamples",
            "  autoserve apply web.yaml --wait",
            "  autoserve apply -f apps/ --wait",
            "  autoserve apply -f base.yaml -f production.yaml",
            "  autoserve apply web.yaml --set TAG=1.5",
            "  autoserve apply web.yaml --if-revision 7",
            "  sed s/:1.4/:1.5/ web.yaml | autoserve apply -"
        })
public final class ApplyCommand extends ClientCommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description =
                    "Specs in YAML or JSON, folders that contain specs, or - for standard input.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The same as the argument FILE.")
    private List<String> more = new ArrayList<>();

    @Option(
            names = "--if-revision",
            paramLabel = "N",
            converter = WholeNumber.RevisionNumber.class,
            description =
                    "Apply only if the app is still at revision N (prevents overwriting newer"
                            + " changes).")
    private @Nullable Integer revision;

    @Mixin private VariableOptions variables;
    @Mixin private WaitOptions waiting;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        files.addAll(more);
        if (files.isEmpty()) {
            throw new ParameterException(
                    commandLine(), "no spec is given: name a file or a folder");
        }
        var specs = new SpecFiles(files, variables, terminal()).read();
        if (revision != null && specs.size() > 1) {
            throw new ParameterException(
                    commandLine(),
                    "--if-revision is for one app, but there are %d specs".formatted(specs.size()));
        }
        if (specs.size() == 1) {
            applyOne(specs.getFirst());
        } else {
            new ApplyAll(api(), terminal(), output, waiting).run(specs);
        }
    }

    private void applyOne(SpecFile spec) {
        var answer =
                apply(
                        api(),
                        spec,
                        revision == null
                                ? ""
                                : Api.query(Map.of("from", String.valueOf(revision))));
        settle(answer, output, waiting, Goal.SERVING, message(answer));
    }

    static JsonNode apply(Api api, SpecFile spec, String query) {
        return api.send("PUT", "/api/v1/apps/" + spec.path() + query, spec.body());
    }

    private static String message(JsonNode answer) {
        var app = AppView.of(answer);
        return "%s %s, revision %d".formatted(app.name(), word(answer), app.revision());
    }

    /** Returns what the request did to the app: registered, changed, or left unchanged. */
    static String word(JsonNode answer) {
        return switch (answer.path("outcome").asText("")) {
            case "Unchanged" -> "unchanged";
            case "Changed" -> "changed";
            default -> "registered";
        };
    }
}
