package io.autoserve.cli.dev;

import io.autoserve.Settings;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;

/**
 * Stops a dev platform and removes its containers and network, even after a crash. The data stays.
 */
record DevStop(Terminal terminal, DevFolder folder, Settings settings) {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    void run() {
        var steps = new Steps(terminal);
        if (folder.running()) {
            steps.run("stopping the controller", _ -> stopProcess(), it -> it);
        }
        if (DevDatabase.stopLeftover(folder)) {
            terminal.line("✓ stopped a leftover database");
        }
        steps.run(
                "removing containers",
                _ -> {
                    new DevContainers(settings).removeAll();
                    return "removed";
                },
                "containers and network %s"::formatted);
        deleteState();
    }

    private String stopProcess() throws InterruptedException {
        var process =
                DevState.read(folder)
                        .flatMap(state -> ProcessHandle.of(state.pid()))
                        .orElseThrow(() ->
                                CommandFailure.of(
                                        Exit.FAILED,
                                        "the platform is still starting: try again in a moment"));
        process.destroy();
        if (ended()) {
            return "stopped the controller and the database";
        }
        process.destroyForcibly();
        if (ended()) {
            return "killed the controller, which did not stop within "
                    + HumanUnits.seconds(PATIENCE);
        }
        throw CommandFailure.of(
                Exit.FAILED,
                "process %d cannot be stopped: check whether it belongs to another user"
                        .formatted(process.pid()));
    }

    /**
     * Waits until the lock is free. The process table is no proof that the platform still runs,
     * because a process that has ended stays in the table until its parent collects it.
     */
    private boolean ended() throws InterruptedException {
        var start = System.nanoTime();
        while (folder.running()) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                return false;
            }
            Thread.sleep(50);
        }
        return true;
    }

    private void deleteState() {
        try {
            Files.deleteIfExists(folder.state());
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED, "%s cannot be removed: %s".formatted(folder.state(), e), e);
        }
    }
}
