package io.autoserve.cli.apps;

import io.autoserve.cli.apps.VariableOptions.Replacement;
import io.autoserve.cli.exit.CollectedFailures;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/**
 * The files, the folders and the standard input that a command reads specs from.
 *
 * @param names as the user wrote them
 * @param variables replaces the variables of a file
 */
record SpecFiles(List<String> names, Replacement variables, Terminal terminal) {
    SpecFiles(List<String> names, VariableOptions variables, Terminal terminal) {
        this(names, variables.replacement(terminal), terminal);
    }

    /**
     * Reads all specs. In a folder, it reads the specs in the order of their file names and skips
     * subfolders. A spec is an overlay if an earlier name has a spec of the same app, and is merged
     * into that. If any file cannot be read, the failure names all such files.
     */
    List<SpecFile> read() {
        var failures = new CollectedFailures();
        var groups = names.stream().map(name -> specs(name, failures)).toList();
        failures.throwAny(HumanUnits.count(failures.count(), "spec") + " cannot be read");
        variables.requireAllUsed();
        return groups.stream().reduce(List.of(), SpecFiles::merged);
    }

    /**
     * Reads specs of one app.
     *
     * @param command the command, which works for one app only
     */
    SpecFile readOne(String command) {
        var specs = read();
        if (specs.size() > 1) {
            throw CommandFailure.of(
                    Exit.USAGE,
                    "'%s' needs the spec of one app, but %s are given"
                            .formatted(command, HumanUnits.count(specs.size(), "spec")));
        }
        return specs.getFirst();
    }

    private List<SpecFile> specs(String name, CollectedFailures failures) {
        var files = new ArrayList<String>();
        if (Files.isDirectory(Path.of(name))) {
            failures.attempt("", () -> files.addAll(inFolder(name)));
        } else {
            files.add(name);
        }
        var specs = new ArrayList<SpecFile>();
        files.forEach(file -> failures.attempt("", () -> specs.addAll(documents(file))));
        return specs;
    }

    private List<SpecFile> documents(String file) {
        return variables.in(SpecFile.read(file, terminal)).documents();
    }

    private static List<String> inFolder(String folder) {
        try (var files = Files.list(Path.of(folder))) {
            var specs =
                    files.map(Path::toString)
                            .filter(file -> file.matches(".*\\.(ya?ml|json)"))
                            .sorted()
                            .toList();
            if (specs.isEmpty()) {
                throw CommandFailure.of(
                        Exit.NOT_FOUND,
                        "there is no .yaml, .yml or .json file in folder " + folder);
            }
            return specs;
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be read: %s".formatted(folder, e), e);
        }
    }

    /** Merges each spec into the one of the same app, or adds it. */
    private static List<SpecFile> merged(List<SpecFile> specs, List<SpecFile> later) {
        var apps = specs.stream().map(SpecFile::app).toList();
        var result = new ArrayList<>(specs);
        var overlays = new HashMap<String, String>();
        for (var spec : later) {
            var app = spec.app();
            var index = app.isEmpty() ? -1 : apps.indexOf(app);
            if (index < 0) {
                result.add(spec);
                continue;
            }
            var other = overlays.putIfAbsent(app, spec.place());
            if (other != null) {
                throw CommandFailure.of(
                        Exit.REFUSED,
                        "%s  the overlay of %s is also in %s: keep one"
                                .formatted(spec.place(), app, other));
            }
            result.set(index, result.get(index).with(spec));
        }
        return result;
    }
}
