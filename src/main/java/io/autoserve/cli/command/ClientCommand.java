package io.autoserve.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.AutoServe;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.Waiting;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that calls a controller's API. */
public abstract class ClientCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Mixin private Connection connection;

    protected Terminal terminal() {
        return autoserve().terminal();
    }

    protected Instant now() {
        return clock().instant();
    }

    protected InstantSource clock() {
        return autoserve().clock();
    }

    protected Map<String, String> environment() {
        return autoserve().environment();
    }

    /** The root command, also for a command inside a group. */
    private AutoServe autoserve() {
        return (AutoServe) spec.root().userObject();
    }

    protected CommandLine commandLine() {
        return spec.commandLine();
    }

    protected Api api() {
        return connection.api(environment(), terminal()::aside);
    }

    /** Prints what the command did, and waits for the goal if the user asked for it. */
    protected void settle(
            JsonNode answer, Output output, Waiting waiting, Goal goal, String message) {
        if (output.forPeople()) {
            terminal().line(message);
            waiting.await(api(), terminal(), AppView.of(answer), goal);
        } else {
            waiting.await(api(), terminal().silenced(), AppView.of(answer), goal);
            output.print(terminal(), answer, () -> {});
        }
    }
}
