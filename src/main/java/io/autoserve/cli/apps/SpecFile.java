package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.ErrorLine;
import io.autoserve.cli.client.Origin;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.model.AppSpec;
import io.autoserve.spec.Overlay;
import io.autoserve.spec.SpecReader;
import io.autoserve.spec.SpecStream;
import io.autoserve.spec.Yaml;
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
 * The text of a spec. It is sent unchanged, unless it was merged with another one, so that errors
 * have the lines of the file.
 */
record SpecFile(Origin origin, String text) {
    /** Creates a spec that is the whole text of a file. */
    SpecFile(String source, String text) {
        this(new Origin(source, 1), text);
    }

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

    /** Returns the specs of a file that may have several, each in a YAML document. */
    List<SpecFile> documents() {
        return SpecStream.parts(text).stream()
                .map(part -> new SpecFile(new Origin(source(), part.line()), part.text()))
                .toList();
    }

    /**
     * Returns this spec with the fields of an overlay.
     *
     * @throws CommandFailure if one of the texts is not valid YAML
     */
    SpecFile with(SpecFile overlay) {
        var merged = Overlay.merged(fields(), overlay.fields());
        var sources = "%s + %s".formatted(source(), overlay.source());
        return new SpecFile(new Origin(sources, 0), Yaml.write(merged));
    }

    private JsonNode fields() {
        var errors = new ArrayList<String>();
        var fields = SpecReader.document(text, fault -> errors.add(ErrorLine.of(fault).in(origin)));
        if (!errors.isEmpty()) {
            throw CommandFailure.of(
                    Exit.REFUSED,
                    "%s in %s".formatted(HumanUnits.count(errors.size(), "error"), source()),
                    errors);
        }
        return fields;
    }

    Api.Body body() {
        return new Api.Body(json() ? "application/json" : "application/yaml", text, origin);
    }

    /** Returns the name of the file, as errors show it. */
    String source() {
        return origin.source();
    }

    /** Returns the name of the file, with the line if the spec does not begin the file. */
    String place() {
        return origin.line() > 1 ? "%s:%d".formatted(source(), origin.line()) : source();
    }

    /**
     * Returns the name in the spec, for the path of a PUT. The controller checks whether the name
     * is valid.
     *
     * @throws CommandFailure if the text is not valid YAML
     */
    String name() {
        var errors = new ArrayList<String>();
        var fields = SpecReader.document(text, fault -> errors.add(ErrorLine.of(fault).in(origin)));
        if (fields.isMissingNode()) {
            throw CommandFailure.of(Exit.REFUSED, String.join("\n", errors));
        }
        return name(fields);
    }

    /** Returns the name in the spec, or an empty text if it cannot be read. */
    String app() {
        return name(SpecReader.document(text, _ -> {}));
    }

    private static String name(JsonNode fields) {
        return fields.at("/metadata/name").asText("");
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
}
