package io.autoserve.cli.apps;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import io.autoserve.Settings;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import io.autoserve.spec.SpecReader;
import io.autoserve.spec.SpecWriter;
import io.autoserve.spec.Yaml;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        header = "Compare a spec with the registered one, line by line",
        description = {
            "Both specs are shown with all defaults. Run 'plan' to see which instances would be"
                    + " started and stopped if you applied the spec."
        },
        footer = {
            "%nExamples",
            "  autoserve diff web.yaml",
            "  autoserve diff web.yaml --exit-code || autoserve apply web.yaml"
        })
public final class DiffCommand extends ClientCommand implements IExitCodeGenerator {
    private static final int CONTEXT = 3;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE",
            description =
                    "A spec in YAML or JSON, or - for standard input. Further specs are overlays,"
                            + " as for 'apply'.")
    private List<String> files = new ArrayList<>();

    @Mixin private VariableOptions variables;

    @Option(names = "--exit-code", description = "Exit with 1 if the specs differ.")
    private boolean failsIfDifferent;

    private boolean differ;

    @Override
    public void run() {
        var spec = new SpecFiles(files, variables, terminal()).readOne("diff");
        var after = understood(spec);
        var before =
                api().find("/api/v1/apps/" + spec.path() + "/spec")
                        .map(it -> Yaml.write(it).lines().toList())
                        .orElse(List.of());
        var changes =
                UnifiedDiffUtils.generateUnifiedDiff(
                        spec.name() + " as registered",
                        spec.source(),
                        before,
                        DiffUtils.diff(before, after),
                        CONTEXT);
        differ = !changes.isEmpty();
        if (differ) {
            changes.forEach(this::print);
        } else {
            terminal().line("No differences: %s matches %s".formatted(spec.name(), spec.source()));
        }
    }

    private List<String> understood(SpecFile spec) {
        var allowance = Settings.from(environment()).allowance();
        return switch (new SpecReader(allowance).read(spec.text())) {
            case Understood(var app, _) -> Yaml.write(SpecWriter.document(app)).lines().toList();
            case Faulty(var faults) -> throw SpecFileCommands.ValidateCommand.refused(spec, faults);
        };
    }

    private void print(String line) {
        var terminal = terminal();
        terminal.line(
                switch (line.isEmpty() ? ' ' : line.charAt(0)) {
                    case '+' -> terminal.paint(Paint.GOOD, line);
                    case '-' -> terminal.paint(Paint.BAD, line);
                    case '@' -> terminal.paint(Paint.NAME, line);
                    default -> line;
                });
    }

    @Override
    public int getExitCode() {
        return failsIfDifferent && differ ? Exit.FAILED.code() : Exit.OK.code();
    }
}
