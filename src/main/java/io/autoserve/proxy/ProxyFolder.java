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
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder shared with nginx, which reads it when it starts: the token, the route tables and the
 * certificates. Every change is a rename.
 *
 * <p>Each table has a file of its own, named after its version, so that nobody overwrites
 * another's: a leader that was frozen while it wrote may go on whenever it likes. nginx starts with
 * the newest that it can read.
 */
final class ProxyFolder {
    /** Version 0 of them all is that of the days when there was one table. */
    private static final Pattern TABLE =
            Pattern.compile("table(?:-(\\d+)-(\\d+)-(\\d+)-(\\d+))?\\.json");

    private static final Comparator<Stored> AGE =
            Comparator.comparing(Stored::version).thenComparingLong(Stored::number);

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

    /**
     * A table's file.
     *
     * @param number tells those of one version apart: the later is the greater
     */
    record Stored(Path file, Version version, long number) {}

    /** Of the newest. */
    Optional<Version> tableVersion() {
        return io(() -> newest().map(Stored::version));
    }

    /** Those of the last table, as nginx reads them, by name of the app. */
    Map<String, String> routes(Collection<String> apps) {
        var routes = new HashMap<String, String>();
        io(this::table)
                .ifPresent(table ->
                        apps.stream()
                                .filter(table.path("apps")::has)
                                .forEach(app ->
                                        routes.put(app, table.path("apps").path(app).toString())));
        return routes;
    }

    private Optional<JsonNode> table() throws IOException {
        try {
            var newest = newest();
            return newest.isEmpty()
                    ? Optional.empty()
                    : Optional.of(JSON.readTree(Files.readString(newest.get().file())));
        } catch (NoSuchFileException replaced) {
            return table();
        }
    }

    private Optional<Stored> newest() throws IOException {
        return tables().stream().max(AGE);
    }

    private List<Stored> tables() throws IOException {
        try (var files = Files.list(root)) {
            return files.flatMap(file -> stored(file).stream()).toList();
        }
    }

    private static Optional<Stored> stored(Path file) {
        var name = TABLE.matcher(file.getFileName().toString());
        if (!name.matches()) {
            return Optional.empty();
        }
        var version = new Version(part(name, 1), part(name, 2), part(name, 3));
        return Optional.of(new Stored(file, version, part(name, 4)));
    }

    private static long part(Matcher name, int group) {
        return name.group(group) == null ? 0 : Long.parseLong(name.group(group));
    }

    Stored writeTable(RouteTable table, long number) {
        var version = table.version();
        var name =
                "table-%d-%d-%d-%d.json"
                        .formatted(version.timeline(), version.epoch(), version.seq(), number);
        var stored = new Stored(root.resolve(name), version, number);
        io(() -> replace(stored.file(), table.json()));
        return stored;
    }

    void forget(Stored table) {
        io(() -> Files.deleteIfExists(table.file()));
    }

    void forgetOlderThan(Stored table) {
        io(this::tables).stream()
                .filter(other -> AGE.compare(other, table) < 0)
                .forEach(this::forget);
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
