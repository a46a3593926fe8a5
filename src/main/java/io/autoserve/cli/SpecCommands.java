package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.Settings;
import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import io.autoserve.spec.SpecReader;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What takes a spec: apply, register, validate. */
final class SpecCommands {
    private SpecCommands() {}

    private static final String FILE = "A spec in YAML or JSON; - reads standard input.";

    @Command(
            name = "apply",
            header = "Make an app what its spec says, new or changed",
            footer = {
                "%nExamples",
                "  autoserve apply web.yaml --wait",
                "  sed s/:1.4/:1.5/ web.yaml | autoserve apply -"
            })
    static final class Apply extends ClientCommand {
        @Parameters(paramLabel = "FILE", description = FILE)
        private String file;

        @Mixin private Waiting waiting;
        @Mixin private Output output;

        @Override
        public void run() {
            var spec = SpecFile.read(file, terminal());
            var api = api();
            // A spec without a name still goes to the controller: it lists every fault at once
            var answer =
                    spec.name().isEmpty()
                            ? api.send("POST", "/api/v1/apps", spec.body())
                            : api.send("PUT", "/api/v1/apps/" + spec.path(), spec.body());
            said(answer, this, waiting, output, word(answer));
        }

        private static String word(JsonNode answer) {
            return switch (answer.path("outcome").asText("")) {
                case "Unchanged" -> "unchanged";
                case "Changed" -> "changed";
                default -> "registered";
            };
        }
    }

    @Command(
            name = "register",
            header = "Register a new app; refused if there is one of its name",
            footer = {"%nExample", "  autoserve register web.yaml --wait"})
    static final class Register extends ClientCommand {
        @Parameters(paramLabel = "FILE", description = FILE)
        private String file;

        @Mixin private Waiting waiting;
        @Mixin private Output output;

        @Override
        public void run() {
            var spec = SpecFile.read(file, terminal());
            var answer = api().send("POST", "/api/v1/apps", spec.body());
            said(answer, this, waiting, output, "registered");
        }
    }

    @Command(
            name = "validate",
            header = "Check a spec without a controller; names every fault at once",
            footer = {"%nExample", "  autoserve validate web.yaml && git commit web.yaml"})
    static final class Validate extends ClientCommand {
        @Parameters(paramLabel = "FILE", description = FILE)
        private String file;

        @Override
        public void run() {
            var spec = SpecFile.read(file, terminal());
            var hostPaths = Settings.from(environment()).allowHostPaths();
            switch (new SpecReader(hostPaths).read(spec.text())) {
                case Understood _ -> valid(spec);
                case Faulty(var faults) -> throw refused(spec, faults);
            }
        }

        private void valid(SpecFile spec) {
            terminal().line(terminal().paint(Paint.GOOD, "✓") + " " + spec.source() + " is valid");
        }

        private static Failure refused(SpecFile spec, List<io.autoserve.spec.Fault> faults) {
            return Failure.of(
                    Exit.REFUSED,
                    "%s in %s".formatted(Humane.count(faults.size(), "fault"), spec.source()),
                    faults.stream().map(fault -> Fault.of(fault).in(spec.source())).toList());
        }
    }

    private static void said(
            JsonNode answer, ClientCommand command, Waiting waiting, Output output, String word) {
        var app = AppView.of(answer);
        command.settle(
                answer,
                output,
                waiting,
                Goal.SERVING,
                "%s %s, revision %d".formatted(app.name(), word, app.revision()));
    }
}
