package io.autoserve.cli.apps;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes specs to files and prints the name of each file.
 *
 * @param force whether a file with different content is overwritten, instead of refused
 */
record NewFiles(Terminal terminal, boolean force) {
    void write(Path folder, String name, String text) {
        var file = folder.resolve(name);
        try {
            Files.createDirectories(folder);
            requireSame(file, text);
            Files.writeString(file, text);
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "%s cannot be written: %s".formatted(file, e), e);
        }
        terminal.line(terminal.paint(Paint.GOOD, "✓") + " " + file);
    }

    private void requireSame(Path file, String text) throws IOException {
        if (!force && Files.exists(file) && !Files.readString(file).equals(text)) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    "%s has different content: use --force to overwrite it".formatted(file));
        }
    }
}
