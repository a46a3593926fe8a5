package io.autoserve.cli.apps;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.imports.ComposeContext;
import io.autoserve.imports.ComposeFile;
import io.autoserve.imports.Conversion;
import io.autoserve.imports.Dockerfile;
import io.autoserve.imports.EnvFile;
import io.autoserve.imports.UnreadableFile;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A file of another tool that is converted to specs. */
record ForeignFile(Path path, Terminal terminal) {
    private static final String VARIABLES = ".env";

    /**
     * Converts a Compose file.
     *
     * @param environment variables that win over those of the file of variables
     * @param variables the file of variables; null for .env next to the Compose file, if it exists
     * @param hostPaths whether folders of the machine stay volumes
     */
    ConvertedSpecs compose(
            Map<String, String> environment,
            @Nullable Path variables,
            boolean hostPaths,
            Allowance allowance) {
        var values = new HashMap<>(variables(variables));
        values.putAll(environment);
        var context =
                new ComposeContext(
                        values, this::besides, name -> folder(name, environment), hostPaths);
        var permitted = new Allowance(allowance.installation(), hostPaths, allowance.privileged());
        return converted(() -> ComposeFile.convert(text(), context, new SpecReader(permitted)));
    }

    /**
     * Converts a Dockerfile.
     *
     * @param app the name of the app
     * @param image the name that the built image will have
     */
    ConvertedSpecs dockerfile(String app, String image, Allowance allowance) {
        return converted(() -> Dockerfile.convert(text(), app, image, new SpecReader(allowance)));
    }

    private ConvertedSpecs converted(Supplier<Conversion> conversion) {
        try {
            return new ConvertedSpecs(conversion.get(), path.toString(), terminal);
        } catch (UnreadableFile e) {
            throw CommandFailure.of(
                    Exit.REFUSED, "%s cannot be converted: %s".formatted(path, e.text()), e);
        }
    }

    private String text() {
        return SpecFile.read(path.toString(), terminal).text();
    }

    private Map<String, String> variables(@Nullable Path named) {
        return named == null
                ? besides(VARIABLES).<Map<String, String>>map(EnvFile::read).orElse(Map.of())
                : EnvFile.read(SpecFile.read(named.toString(), terminal).text());
    }

    /** Reads a file that is named relative to this one. */
    private Optional<String> besides(String name) {
        try {
            return Optional.of(Files.readString(resolved(name)));
        } catch (IOException | InvalidPathException _) {
            return Optional.empty(); // the conversion reports it, if the file is required
        }
    }

    /** Returns the absolute path of a folder. A path may begin with the home of the user. */
    private String folder(String name, Map<String, String> environment) {
        var home = environment.get("HOME");
        var inHome = home != null && (name.equals("~") || name.startsWith("~/"));
        return resolved(inHome ? home + name.substring(1) : name).toString();
    }

    private Path resolved(String name) {
        return path.toAbsolutePath().resolveSibling(name).normalize();
    }
}
