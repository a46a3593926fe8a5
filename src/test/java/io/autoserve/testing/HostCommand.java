package io.autoserve.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Runs a program of this machine and waits for its end. */
public final class HostCommand {
    private final Path folder;

    private HostCommand(Path folder) {
        this.folder = folder;
    }

    /** Returns a runner whose commands run in this folder. */
    public static HostCommand in(Path folder) {
        return new HostCommand(folder);
    }

    /** Returns a runner whose commands run in the folder of the project. */
    public static HostCommand here() {
        return in(Path.of("").toAbsolutePath());
    }

    /** Runs a program without any input, see {@link #given}. */
    public String run(String program, String... arguments) {
        return given("", program, arguments);
    }

    /**
     * Runs a program with {@code input} as its standard input.
     *
     * @return what the program printed to standard output and standard error
     * @throws IllegalStateException with that output, if the program failed
     */
    public String given(String input, String program, String... arguments) {
        var command = Stream.concat(Stream.of(program), Stream.of(arguments)).toList();
        try {
            var process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .start();
            try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
                in.write(input);
            }
            var bytes = process.getInputStream().readAllBytes();
            var output = new String(bytes, StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
