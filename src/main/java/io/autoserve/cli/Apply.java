package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        header = "Make apps what their specs say, new or changed",
        description = {
            "Several files, or all of a folder, are checked together first: either none has a fault, or"
                    + " every fault of each is told and nothing is applied."
        },
        footer = {
            "%nExamples",
            "  autoserve apply web.yaml --wait",
            "  autoserve apply -f apps/ --wait",
            "  autoserve apply web.yaml --if-revision 7",
            "  sed s/:1.4/:1.5/ web.yaml | autoserve apply -"
        })
final class Apply extends ClientCommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "FILE",
            description = "Specs in YAML or JSON, or folders of them; - reads standard input.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The same, as other tools have it.")
    private List<String> more = new ArrayList<>();

    @Option(
            names = "--if-revision",
            paramLabel = "N",
            description =
                    "Only where this is still the app's revision, so that nobody's later change is undone.")
    private @Nullable Integer revision;

    @Mixin private Waiting waiting;
    @Mixin private Output output;

    @Override
    public void run() {
        files.addAll(more);
        if (files.isEmpty()) {
            throw new ParameterException(commandLine(), "which spec: name a file or a folder");
        }
        var specs = SpecFile.readAll(files, terminal());
        if (revision != null && specs.size() > 1) {
            throw new ParameterException(
                    commandLine(),
                    "--if-revision is one app's, and there are %d specs".formatted(specs.size()));
        }
        if (specs.size() == 1) {
            applyOne(specs.getFirst());
        } else {
            requireAll(specs);
            applyAll(specs);
        }
    }

    private void applyOne(SpecFile spec) {
        var answer =
                apply(
                        spec,
                        revision == null
                                ? ""
                                : Api.query(Map.of("from", String.valueOf(revision))));
        settle(answer, output, waiting, Goal.SERVING, said(answer));
    }

    private JsonNode apply(SpecFile spec, String query) {
        return api().send("PUT", "/api/v1/apps/" + spec.path() + query, spec.body());
    }

    private static String said(JsonNode answer) {
        var app = AppView.of(answer);
        return "%s %s, revision %d".formatted(app.name(), word(answer), app.revision());
    }

    private static String word(JsonNode answer) {
        return switch (answer.path("outcome").asText("")) {
            case "Unchanged" -> "unchanged";
            case "Changed" -> "changed";
            default -> "registered";
        };
    }

    /** As the controller sees them, which knows what is allowed there. */
    private void requireAll(List<SpecFile> specs) {
        var faults = new ArrayList<String>(twice(specs));
        for (var spec : specs) {
            try {
                apply(spec, "?dryRun=true");
            } catch (Failure failure) {
                if (failure.mayPass()) {
                    throw failure;
                }
                faults.addAll(
                        failure.details().isEmpty()
                                ? List.of(spec.source() + "  " + failure.text())
                                : failure.details());
            }
        }
        if (!faults.isEmpty()) {
            throw Failure.of(
                    Exit.REFUSED,
                    "%s in %d specs: nothing was applied"
                            .formatted(Humane.count(faults.size(), "fault"), specs.size()),
                    faults);
        }
    }

    private static List<String> twice(List<SpecFile> specs) {
        var sources = new LinkedHashMap<String, String>();
        var faults = new ArrayList<String>();
        for (var spec : specs) {
            var other = sources.putIfAbsent(spec.name(), spec.source());
            if (other != null && !spec.name().isEmpty()) {
                faults.add("%s  %s is in %s too".formatted(spec.source(), spec.name(), other));
            }
        }
        return faults;
    }

    private void applyAll(List<SpecFile> specs) {
        var answers = JsonNodeFactory.instance.arrayNode();
        var failures = new ArrayList<String>();
        var table = new Table("");
        for (var spec : specs) {
            try {
                var answer = apply(spec, "");
                answers.add(answer);
                row(table, answer, spec);
            } catch (Failure failure) {
                failures.add(spec.source() + "  " + failure.text());
            }
        }
        output.print(terminal(), answers, () -> table.print(terminal()));
        if (!failures.isEmpty()) {
            throw Failure.of(
                    Exit.FAILED,
                    "%d of %d applied; apply again when the cause is gone"
                            .formatted(answers.size(), specs.size()),
                    failures);
        }
        var quiet = output.forPeople() ? terminal() : terminal().silenced();
        answers.forEach(it -> waiting.await(api(), quiet, AppView.of(it), Goal.SERVING));
    }

    private void row(Table table, JsonNode answer, SpecFile spec) {
        table.row(
                terminal().paint(Paint.GOOD, "✓") + " " + AppView.of(answer).name(),
                word(answer),
                "revision " + AppView.of(answer).revision(),
                terminal().paint(Paint.FAINT, spec.source()));
    }
}
