package io.autoserve.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.model.Hidden;
import io.autoserve.model.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The folder shared with nginx, which reads it when it starts: the token, the last route table and
 * the certificates. Every change is a rename.
 */
final class ProxyFolder {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path root;

    ProxyFolder(Path root) {
        this.root = root;
    }

    /** The key of nginx's admin port; made when there is none. */
    String token(RandomGenerator random) {
        return io(() -> {
            Files.createDirectories(root);
            var file = root.resolve("token");
            var bytes = new byte[32];
            random.nextBytes(bytes);
            try {
                Files.createFile(file, OWNER_ONLY);
                Files.writeString(file, HexFormat.of().formatHex(bytes));
            } catch (FileAlreadyExistsException _) {
                // nginx knows this one
            }
            return Files.readString(file).strip();
        });
    }

    Optional<Version> tableVersion() {
        return table().map(table -> Counters.version(table.path("version")));
    }

    /** Those of the last table, as nginx reads them, by name of the app. */
    Map<String, String> routes(Collection<String> apps) {
        var routes = new HashMap<String, String>();
        table().ifPresent(table ->
                apps.stream()
                        .filter(table.path("apps")::has)
                        .forEach(app -> routes.put(app, table.path("apps").path(app).toString())));
        return routes;
    }

    private Optional<JsonNode> table() {
        return io(() -> {
            try {
                return Optional.of(JSON.readTree(Files.readString(root.resolve("table.json"))));
            } catch (NoSuchFileException _) {
                return Optional.empty();
            }
        });
    }

    void writeTable(RouteTable table) {
        io(() -> replace(root.resolve("table.json"), table.json()));
    }

    /** The keys are in it: its owner's alone, and that of nginx's master, which is root. */
    void writeCertificates(Hidden document) {
        io(() -> {
            var file = root.resolve("certificates.json");
            Files.deleteIfExists(fresh(file));
            Files.createFile(fresh(file), OWNER_ONLY);
            return replace(file, document.reveal());
        });
    }

    private static Path fresh(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private static Path replace(Path file, String text) throws IOException {
        var fresh = fresh(file);
        Files.writeString(fresh, text);
        return Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private interface Io<T> {
        T run() throws IOException;
    }

    private static <T> T io(Io<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
