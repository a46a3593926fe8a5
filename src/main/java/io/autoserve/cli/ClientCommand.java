package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that calls a controller's API. */
abstract class ClientCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Mixin private Connection connection;

    Terminal terminal() {
        return autoserve().terminal();
    }

    Instant now() {
        return clock().instant();
    }

    InstantSource clock() {
        return autoserve().clock();
    }

    Map<String, String> environment() {
        return autoserve().environment();
    }

    /** The root command, also for a command inside a group. */
    private AutoServe autoserve() {
        return (AutoServe) spec.root().userObject();
    }

    CommandLine commandLine() {
        return spec.commandLine();
    }

    Api api() {
        return connection.api(environment(), terminal()::aside);
    }

    /** Prints what the command did, and waits for the goal if the user asked for it. */
    void settle(JsonNode answer, Output output, Waiting waiting, Goal goal, String message) {
        if (output.forPeople()) {
            terminal().line(message);
            waiting.await(api(), terminal(), AppView.of(answer), goal);
        } else {
            waiting.await(api(), terminal().silenced(), AppView.of(answer), goal);
            output.print(terminal(), answer, () -> {});
        }
    }
}
