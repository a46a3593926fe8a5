package io.autoserve.cli.dev;

import io.autoserve.cli.Exit;
import io.autoserve.cli.Failure;
import io.autoserve.cli.Terminal;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The same command again, in a session of its own that no closing terminal ends. What it prints
 * while it starts is passed on; it closes its output once it serves.
 */
record Background(Terminal terminal, DevFolder folder) {
    /** Tells the other process that nobody reads on once it serves. */
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
            throw Failure.of(Exit.FAILED, "it cannot be started in the background: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.of(Exit.FAILED, "interrupted", e);
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

    /** As the kernel has it: ProcessHandle gives no arguments where the line is long. */
    private static List<String> command() throws IOException {
        var line = Files.readString(Path.of("/proc/self/cmdline")).split("\0");
        var command = new ArrayList<>(List.of("setsid"));
        Arrays.stream(line)
                .filter(argument -> !argument.equals("--detach") && !argument.equals("-d"))
                .forEach(command::add);
        return command;
    }

    /**
     * @param before lines of earlier runs
     */
    private static void fail(Path log, int before) throws IOException {
        var lines = Files.readAllLines(log);
        var tail = lines.subList(Math.max(before, lines.size() - TAIL), lines.size());
        throw Failure.of(
                Exit.FAILED,
                "it did not start; above is the end of " + log,
                tail.stream().map(line -> "    " + line).toList());
    }
}
