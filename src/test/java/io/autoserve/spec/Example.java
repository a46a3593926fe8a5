package io.autoserve.spec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** One of the published examples. */
record Example(String name, String text) {
    private static final Path FOLDER = Path.of("src/main/resources/examples");

    static Stream<Example> all() {
        try (var files = Files.list(FOLDER)) {
            return files.sorted().map(Example::of).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Example named(String name) {
        return of(FOLDER.resolve(name + ".yaml"));
    }

    private static Example of(Path file) {
        try {
            return new Example(file.getFileName().toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
