package io.autoserve.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

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

    /** The same as {@link #given} without any input. */
    public String run(String... command) {
        return given("", command);
    }

    /**
     * Runs the command with {@code input} as its standard input.
     *
     * @return what the command printed to standard output and standard error
     * @throws IllegalStateException with that output, if the command failed
     */
    public String given(String input, String... command) {
        try {
            var process =
                    new ProcessBuilder(List.of(command))
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
