package io.autoserve.cli.apps;

import io.autoserve.Settings;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.client.ErrorLine;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import io.autoserve.spec.SpecReader;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The commands that only read specs or register one: register, validate. */
public final class SpecFileCommands {
    private SpecFileCommands() {}

    private static final String FILE = "A spec in YAML or JSON, or - for standard input.";

    @Command(
            name = "register",
            header = "Register a new app; refused if the name is taken",
            footer = {"%nExample", "  autoserve register web.yaml --wait"})
    public static final class RegisterCommand extends ClientCommand {
        @Parameters(paramLabel = "FILE", description = FILE)
        private String file;

        @Mixin private WaitOptions waiting;
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var spec = SpecFile.read(file, terminal());
            var answer = api().send("POST", "/api/v1/apps", spec.body());
            var app = AppView.of(answer);
            settle(
                    answer,
                    output,
                    waiting,
                    Goal.SERVING,
                    "%s registered, revision %d".formatted(app.name(), app.revision()));
        }
    }

    @Command(
            name = "validate",
            header = "Check specs without a controller, and show all errors at once",
            footer = {
                "%nExamples",
                "  autoserve validate web.yaml && git commit web.yaml",
                "  autoserve validate apps/"
            })
    public static final class ValidateCommand extends ClientCommand {
        @Parameters(
                arity = "1..*",
                paramLabel = "FILE",
                description =
                        "Specs in YAML or JSON, folders that contain specs, or - for standard"
                                + " input.")
        private List<String> files = new ArrayList<>();

        @Mixin private VariableOptions variables;

        @Override
        public void run() {
            var specs = new SpecFiles(files, variables, terminal()).read();
            var reader = new SpecReader(Settings.from(environment()).allowance());
            var twice = ApplyAll.twice(specs);
            var failures = new ArrayList<CommandFailure>();
            for (var spec : specs) {
                var error = twice.get(spec);
                switch (reader.read(spec.text())) {
                    case Faulty(var faults) -> failures.add(refused(spec, faults));
                    case Understood _ -> {
                        if (error == null) {
                            valid(spec);
                        } else {
                            failures.add(CommandFailure.of(Exit.REFUSED, error, List.of(error)));
                        }
                    }
                }
            }
            if (specs.size() == 1 && !failures.isEmpty()) {
                throw failures.getFirst();
            }
            if (!failures.isEmpty()) {
                throw CommandFailure.of(
                        Exit.REFUSED,
                        "%d of %d specs have errors".formatted(failures.size(), specs.size()),
                        failures.stream().flatMap(it -> it.details().stream()).toList());
            }
        }

        private void valid(SpecFile spec) {
            terminal().line(terminal().paint(Paint.GOOD, "✓") + " " + spec.place() + " is valid");
        }

        static CommandFailure refused(SpecFile spec, List<io.autoserve.spec.Fault> faults) {
            return CommandFailure.of(
                    Exit.REFUSED,
                    "%s in %s".formatted(HumanUnits.count(faults.size(), "error"), spec.source()),
                    faults.stream().map(fault -> ErrorLine.of(fault).in(spec.origin())).toList());
        }
    }
}
