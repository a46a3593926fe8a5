package io.autoserve.cli.dev;

import io.autoserve.Settings;
import io.autoserve.cli.Exit;
import io.autoserve.cli.Failure;
import io.autoserve.cli.Humane;
import io.autoserve.cli.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Ends what runs and removes what it made, however it ended before; the data stays. */
record DevStop(Terminal terminal, DevFolder folder, Settings settings) {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    void run() {
        var steps = new Steps(terminal);
        if (folder.running()) {
            steps.run("stopping the controller", _ -> stopProcess(), it -> it);
        }
        if (Database.stopLeftover(folder)) {
            terminal.line("✓ stopped a database that was left over");
        }
        steps.run(
                "removing containers",
                _ -> {
                    new Containers(settings).removeAll();
                    return "removed";
                },
                "containers and network %s"::formatted);
        forget();
    }

    private String stopProcess() throws InterruptedException, ExecutionException {
        var process =
                DevState.read(folder)
                        .flatMap(state -> ProcessHandle.of(state.pid()))
                        .orElseThrow(() ->
                                Failure.of(
                                        Exit.FAILED, "it is just starting: try again in a moment"));
        process.destroy();
        try {
            process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return "stopped the controller and the database";
        } catch (TimeoutException _) {
            process.destroyForcibly();
            process.onExit().get();
            return "killed the controller, which did not stop within " + Humane.seconds(PATIENCE);
        }
    }

    private void forget() {
        try {
            Files.deleteIfExists(folder.state());
        } catch (IOException e) {
            throw Failure.of(
                    Exit.FAILED, "%s cannot be removed: %s".formatted(folder.state(), e), e);
        }
    }
}
