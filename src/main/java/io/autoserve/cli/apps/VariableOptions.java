package io.autoserve.cli.apps;

import io.autoserve.cli.client.ErrorLine;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.imports.EnvFile;
import io.autoserve.imports.SpecVariables;
import io.autoserve.imports.UnreadableFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The options {@code --env-file} and {@code --set}, which replace variables in specs. */
final class VariableOptions {
    /** A variable, as {@link SpecVariables} replaces it. */
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{?([A-Za-z_][A-Za-z0-9_]*)");

    @Option(
            names = "--env-file",
            paramLabel = "FILE",
            description =
                    "Replace variables in the specs by values from this file, which has a line"
                            + " NAME=VALUE for each. Can be given several times; later files win.")
    private List<String> files = new ArrayList<>();

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description =
                    "Replace a variable in the specs by this value, which wins over those of files."
                            + " Can be given several times. A variable that no spec has is an"
                            + " error.")
    private Map<String, String> values = new LinkedHashMap<>();

    /** Replaces the variables of specs, and remembers which ones of {@code --set} no spec has. */
    static final class Replacement {
        private final Map<String, String> variables;
        private final boolean enabled;
        private final Set<String> unused;

        private Replacement(Map<String, String> variables, boolean enabled, Set<String> set) {
            this.variables = Map.copyOf(variables);
            this.enabled = enabled;
            this.unused = new TreeSet<>(set);
        }

        SpecFile in(SpecFile spec) {
            var names = VARIABLE.matcher(spec.text());
            while (names.find()) {
                unused.remove(names.group(1));
            }
            return enabled ? replaced(spec, variables) : spec;
        }

        /** Refuses variables that no spec has, because their names are probably misspelt. */
        void requireAllUsed() {
            if (!unused.isEmpty()) {
                throw CommandFailure.of(
                        Exit.USAGE,
                        "--set: no spec has the variable %s: check the name"
                                .formatted(String.join(", ", unused)));
            }
        }
    }

    /** Returns what replaces the variables of specs. */
    Replacement replacement(Terminal terminal) {
        var all = new HashMap<String, String>();
        files.forEach(file -> all.putAll(EnvFile.read(SpecFile.read(file, terminal).text())));
        all.putAll(values);
        var enabled = !files.isEmpty() || !values.isEmpty();
        return new Replacement(all, enabled, values.keySet());
    }

    private static SpecFile replaced(SpecFile spec, Map<String, String> variables) {
        try {
            var replaced = SpecVariables.replace(spec.text(), variables);
            if (!replaced.problems().isEmpty()) {
                throw refused(spec, replaced.problems());
            }
            return new SpecFile(spec.origin(), replaced.text());
        } catch (UnreadableFile e) {
            throw CommandFailure.of(Exit.REFUSED, spec.place() + ": " + e.text(), e);
        }
    }

    private static CommandFailure refused(SpecFile spec, List<SpecVariables.Problem> problems) {
        return CommandFailure.of(
                Exit.REFUSED,
                "%s in %s cannot be replaced: use --set NAME=VALUE or --env-file FILE, and write $$ for a dollar sign"
                        .formatted(HumanUnits.count(problems.size(), "variable"), spec.place()),
                problems.stream()
                        .map(it ->
                                new ErrorLine("", "", it.line(), 0, it.message()).in(spec.origin()))
                        .toList());
    }
}
