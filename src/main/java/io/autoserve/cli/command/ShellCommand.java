package io.autoserve.cli.command;

import static java.util.Objects.requireNonNull;

import io.autoserve.cli.terminal.Terminal;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that uses the terminal, the environment or the clock of its process. */
public abstract class ShellCommand implements Runnable {
    @Spec private CommandSpec spec;

    private @Nullable Shell shell;

    /** Called by {@link ShellFactory} before the command runs. */
    final void runIn(Shell shell) {
        this.shell = shell;
    }

    protected Shell shell() {
        return requireNonNull(shell);
    }

    protected Terminal terminal() {
        return shell().terminal();
    }

    protected Map<String, String> environment() {
        return shell().environment();
    }

    protected InstantSource clock() {
        return shell().clock();
    }

    protected Instant now() {
        return clock().instant();
    }

    protected CommandLine commandLine() {
        return spec.commandLine();
    }
}
