package io.autoserve.cli.dev;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import io.autoserve.cli.terminal.Terminal;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs the same command again as a child process in a session of its own, so that the child
 * survives when the terminal is closed. While the child starts, this process prints the child's
 * output. Once the platform serves, the child closes its output, and this process ends.
 */
record Background(Terminal terminal, DevFolder folder) {
    /** The environment variable that tells the child to close its output once it serves. */
    static final String DETACHED = "AUTOSERVE_DETACHED";

    private static final int TAIL = 15;

    void launch() {
        folder.create();
        try {
            var log = folder.log("dev.log");
            var before = Files.exists(log) ? Files.readAllLines(log).size() : 0;
            var process = start();
            try (var said = process.getInputStream()) {
                said.transferTo(terminal.out());
            }
            if (DevState.read(folder).filter(DevState::serves).isEmpty()) {
                process.waitFor();
                fail(log, before);
            }
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED, "the platform cannot be started in the background: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", e);
        }
    }

    private Process start() throws IOException {
        var builder =
                new ProcessBuilder(command())
                        .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectError(Redirect.appendTo(folder.log("dev.log").toFile()));
        builder.environment().put(DETACHED, "true");
        if (terminal.live()) {
            builder.environment().put("AUTOSERVE_LIVE", "true");
        }
        return builder.start();
    }

    /**
     * Returns the command of this process, run by setsid and without {@code --detach}. The command
     * is read from the kernel, because ProcessHandle has no arguments if the command line is long.
     */
    private static List<String> command() throws IOException {
        var line = Files.readString(Path.of("/proc/self/cmdline")).split("\0");
        var command = new ArrayList<>(List.of("setsid"));
        Arrays.stream(line)
                .filter(argument -> !argument.equals("--detach") && !argument.equals("-d"))
                .forEach(command::add);
        return command;
    }

    /**
     * @param before number of lines in the log that are from earlier runs
     */
    private static void fail(Path log, int before) throws IOException {
        var lines = Files.readAllLines(log);
        var tail = lines.subList(Math.max(before, lines.size() - TAIL), lines.size());
        throw CommandFailure.of(
                Exit.FAILED,
                "the platform did not start; the lines above are the end of " + log,
                tail.stream().map(line -> "    " + line).toList());
    }
}
