package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.exit.CollectedFailures;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.model.AppSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The text of a spec. It is sent unchanged, so that the line numbers in errors are those of the
 * file.
 *
 * @param source the name of the file, as errors show it
 */
record SpecFile(String source, String text) {
    /** Reads a file, or standard input if the name is {@code -}. */
    static SpecFile read(String file, Terminal terminal) {
        try {
            return file.equals("-")
                    ? new SpecFile(
                            "(stdin)",
                            new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8))
                    : new SpecFile(file, Files.readString(Path.of(file)));
        } catch (NoSuchFileException e) {
            throw CommandFailure.of(Exit.NOT_FOUND, "there is no file " + file, e);
        } catch (CharacterCodingException e) {
            throw CommandFailure.of(Exit.REFUSED, file + " is not UTF-8 text", e);
        } catch (IOException | UncheckedIOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be read: %s".formatted(file, e), e);
        }
    }

    /**
     * Reads specs from files and folders. In a folder, it reads the specs in the order of their
     * file names and skips subfolders. If any file cannot be read, the failure names all such
     * files.
     */
    static List<SpecFile> readAll(List<String> files, Terminal terminal) {
        var failures = new CollectedFailures();
        var all = new ArrayList<String>();
        for (var file : files) {
            if (Files.isDirectory(Path.of(file))) {
                failures.attempt("", () -> all.addAll(inFolder(file)));
            } else {
                all.add(file);
            }
        }
        var specs = new ArrayList<SpecFile>();
        all.forEach(file -> failures.attempt("", () -> specs.add(read(file, terminal))));
        failures.throwAny(HumanUnits.count(failures.count(), "spec") + " cannot be read");
        return specs;
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

    Api.Body body() {
        return new Api.Body(json() ? "application/json" : "application/yaml", text, source);
    }

    /**
     * Returns the name in the spec, for the path of a PUT. The controller checks whether the name
     * is valid.
     */
    String name() {
        return tree().at("/metadata/name").asText("");
    }

    /**
     * Returns the name as a segment of a path. A spec without a valid name gets a placeholder, and
     * the controller reports the errors of the spec.
     */
    String path() {
        return AppSpec.isName(name()) ? name() : "unnamed";
    }

    private boolean json() {
        return text.stripLeading().startsWith("{");
    }

    private JsonNode tree() {
        try {
            var tree = new YAMLMapper().readTree(text); // JSON is valid YAML
            return tree;
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.REFUSED, "%s is not YAML: %s".formatted(source, e.getMessage()), e);
        }
    }
}
