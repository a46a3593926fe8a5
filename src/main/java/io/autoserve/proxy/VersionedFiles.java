package io.autoserve.proxy;

import io.autoserve.model.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of one kind, such as route tables. Each file is named after its version, so no
 * controller overwrites the file of another controller. This holds even for a controller that
 * freezes while it writes and continues much later. nginx starts with the newest file that it can
 * read. Some files contain keys, so only their owner can read them, and nginx's master process,
 * which runs as root.
 */
final class VersionedFiles {
    static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final String UNFINISHED = ".new";

    /** Number of files that stay although nginx has not answered to them. */
    private static final int KEPT = 10;

    private static final Comparator<Stored> AGE =
            Comparator.comparing(Stored::version).thenComparingLong(Stored::number);

    private final Path root;
    private final String kind;
    private final Pattern name;

    VersionedFiles(Path root, String kind) {
        this.root = root;
        this.kind = kind;
        this.name = Pattern.compile(kind + "-(\\d+)-(\\d+)-(\\d+)-(\\d+)\\.json(?:\\.new)?");
    }

    /**
     * @param number distinguishes files of the same version; a later file has a greater number
     */
    record Stored(Path file, Version version, long number) {}

    Optional<Stored> newest() {
        return io(this::all).stream()
                .filter(stored -> !stored.file().toString().endsWith(UNFINISHED))
                .max(AGE);
    }

    /** Writes to a temporary file first and renames it, so nginx never reads a partial file. */
    Stored write(Version version, long number, String text) {
        var file =
                root.resolve(
                        "%s-%d-%d-%d-%d.json"
                                .formatted(
                                        kind,
                                        version.timeline(),
                                        version.epoch(),
                                        version.seq(),
                                        number));
        var fresh = file.resolveSibling(file.getFileName() + UNFINISHED);
        io(() -> {
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, OWNER_ONLY);
            Files.writeString(fresh, text);
            return Files.move(
                    fresh,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        });
        return new Stored(file, version, number);
    }

    void forget(Stored stored) {
        io(() -> Files.deleteIfExists(stored.file()));
    }

    /** Removes all files, including unfinished ones. */
    void forgetAll() {
        io(this::all).forEach(this::forget);
    }

    /** Removes all older files, including unfinished ones. */
    void forgetOlderThan(Stored stored) {
        io(this::all).stream()
                .filter(other -> AGE.compare(other, stored) < 0)
                .forEach(this::forget);
    }

    /**
     * Removes files to which nginx has not answered, so that they do not pile up while nginx is
     * away. Keeps the newest ones. Also keeps the oldest file, which is the last one that nginx
     * accepted, in case nginx cannot read the others.
     */
    void thinOut() {
        var byAge = io(this::all).stream().sorted(AGE).toList();
        byAge.stream().skip(1).limit(Math.max(0, byAge.size() - 1 - KEPT)).forEach(this::forget);
    }

    private List<Stored> all() throws IOException {
        try (var files = Files.list(root)) {
            return files.flatMap(file -> stored(file).stream()).toList();
        }
    }

    private Optional<Stored> stored(Path file) {
        var parts = name.matcher(file.getFileName().toString());
        if (!parts.matches()) {
            return Optional.empty();
        }
        var version = new Version(part(parts, 1), part(parts, 2), part(parts, 3));
        return Optional.of(new Stored(file, version, part(parts, 4)));
    }

    private static long part(Matcher name, int group) {
        return Long.parseLong(name.group(group));
    }

    interface Io<T> {
        T run() throws IOException;
    }

    static <T> T io(Io<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
