package io.autoserve.proxy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.model.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The folder shared with nginx, which reads it when it starts: the token, the last route table and
 * one folder per structure, with {@code live} pointing at one of them. Every change is a rename.
 */
final class ProxyFolder {
    private static final String MOUNTED = "/var/lib/autoserve/proxy/"; // where nginx sees it
    private static final String STRUCTURE = "structure-";
    private static final ObjectMapper JSON = new ObjectMapper();

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
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
                Files.writeString(file, HexFormat.of().formatHex(bytes));
            } catch (FileAlreadyExistsException _) {
                // nginx knows this one
            }
            return Files.readString(file).strip();
        });
    }

    Optional<Version> tableVersion() {
        return io(() -> {
            try {
                var table = Files.readString(root.resolve("table.json"));
                return Optional.of(Counters.version(JSON.readTree(table).path("version")));
            } catch (NoSuchFileException _) {
                return Optional.empty();
            }
        });
    }

    void writeTable(RouteTable table) {
        io(() -> replace(root.resolve("table.json"), table.json()));
    }

    /** Writes the structure beside the live one; returns its main file as nginx sees it. */
    String stage(Structure structure) {
        var name = STRUCTURE + structure.version();
        return io(() -> {
            var folder = Files.createDirectories(root.resolve(name));
            replace(folder.resolve("apps.conf"), structure.text());
            replace(folder.resolve("nginx.conf"), main(name));
            return MOUNTED + name + "/nginx.conf";
        });
    }

    /** As the image's nginx.conf, but with this structure instead of the live one. */
    private static String main(String name) {
        return """
        include /etc/nginx/autoserve/main.conf;
        http {
            include /etc/nginx/autoserve/http.conf;
            include %s%s/apps.conf;
            include /etc/nginx/autoserve/empty.conf;
        }
        """
                .formatted(MOUNTED, name);
    }

    /** Version of the structure that nginx reads at its next start or reload. */
    Optional<String> live() {
        return io(() -> {
            try {
                var target = Files.readSymbolicLink(root.resolve("live")).toString();
                return Optional.of(target.substring(STRUCTURE.length()));
            } catch (NoSuchFileException _) {
                return Optional.empty();
            }
        });
    }

    void makeLive(String version) {
        io(() -> {
            var fresh = root.resolve("live.new");
            Files.deleteIfExists(fresh);
            Files.createSymbolicLink(fresh, Path.of(STRUCTURE + version));
            return Files.move(fresh, root.resolve("live"), StandardCopyOption.ATOMIC_MOVE);
        });
    }

    void makeNoneLive() {
        io(() -> Files.deleteIfExists(root.resolve("live")));
    }

    /** Removes every structure but these. */
    void keepOnly(Set<String> versions) {
        io(() -> {
            try (var folders = Files.newDirectoryStream(root, STRUCTURE + "*")) {
                for (var folder : folders) {
                    var version = folder.getFileName().toString().substring(STRUCTURE.length());
                    if (!versions.contains(version)) {
                        remove(folder);
                    }
                }
            }
            return root;
        });
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (var file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static Path replace(Path file, String text) throws IOException {
        var fresh = file.resolveSibling(file.getFileName() + ".new");
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
