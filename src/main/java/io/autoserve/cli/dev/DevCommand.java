package io.autoserve.cli.dev;

import io.autoserve.Settings;
import io.autoserve.cli.command.ShellCommand;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import io.autoserve.cli.local.LocalPorts;
import io.autoserve.cli.terminal.Terminal;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "dev",
        header = "Run the whole platform on this machine, for development",
        description = {
            "Starts PostgreSQL, one controller, and nginx in a container, with all data in"
                    + " .autoserve. Ctrl-C stops the controller and the database; running apps"
                    + " keep serving, and the next 'autoserve dev' takes them over. --stop"
                    + " removes everything except the data."
        },
        footer = {
            "%nExamples",
            "  autoserve dev --demo --detach",
            "  autoserve dev --http-port 8080 --api-port 8001",
            "  autoserve dev --stop"
        })
public final class DevCommand extends ShellCommand {
    @Option(names = "--demo", description = "Register the demo app with 3 instances.")
    private boolean demo;

    @Option(
            names = {"-d", "--detach"},
            description = "Run in the background; return once the platform serves.")
    private boolean detach;

    @Option(
            names = "--stop",
            description = "Stop the platform and remove its containers and network.")
    private boolean stop;

    @Option(
            names = "--http-port",
            paramLabel = "PORT",
            converter = WholeNumber.PortNumber.class,
            description = "The port on which users reach the apps (default ${DEFAULT-VALUE}).")
    private int httpPort = 80;

    @Option(
            names = "--api-port",
            paramLabel = "PORT",
            converter = WholeNumber.PortNumber.class,
            description = "The port of the controller's API (default ${DEFAULT-VALUE}).")
    private int apiPort = 8000;

    @Option(
            names = "--data-dir",
            paramLabel = "FOLDER",
            description = "The folder for all data (default .autoserve beside the launcher).")
    private @Nullable Path folder;

    @Override
    public void run() {
        var terminal = terminal();
        var settings = Settings.from(environment());
        var home = folder == null ? DevFolder.standard(environment()) : new DevFolder(folder);
        if (stop) {
            new DevStop(terminal, home, settings).run();
        } else if (home.running()) {
            alreadyRunning(terminal, home);
        } else {
            freePorts(new DevContainers(settings));
            start(terminal, home);
        }
    }

    private void freePorts(DevContainers containers) {
        LocalPorts.requireFree(apiPort, "the API", "--api-port");
        if (!LocalPorts.free(httpPort) && !containers.proxyRuns()) {
            LocalPorts.requireFree(httpPort, "nginx", "--http-port");
        }
    }

    private void start(Terminal terminal, DevFolder home) {
        if (detach) {
            new Background(terminal, home).launch();
        } else {
            new Foreground(shell(), home, new DevOptions(demo, httpPort, apiPort)).run();
        }
    }

    /**
     * @param demo whether to register the demo app
     */
    record DevOptions(boolean demo, int httpPort, int apiPort) {
        String apps() {
            return "http://localhost" + (httpPort == 80 ? "" : ":" + httpPort);
        }

        String api() {
            return "http://127.0.0.1:" + apiPort;
        }
    }

    private void alreadyRunning(Terminal terminal, DevFolder home) {
        var running = DevState.read(home);
        var text =
                running.map(it ->
                                "The platform is already running (pid %d): apps at %s, API at %s"
                                        .formatted(it.pid(), it.apps(), it.api()))
                        .orElse("The platform is already starting");
        if (!detach || running.filter(DevState::serves).isEmpty()) {
            throw CommandFailure.of(Exit.FAILED, text + "; 'autoserve dev --stop' stops it");
        }
        terminal.line(text);
    }
}
