package io.autoserve.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import picocli.CommandLine.Mixin;

/** A command that calls a controller's API. */
public abstract class ClientCommand extends ShellCommand {
    @Mixin private ConnectionOptions connection;

    protected Api api() {
        return connection.api(environment(), terminal()::aside);
    }

    /**
     * Prints what the command did. With {@code --wait}, also waits until the app reaches the goal.
     */
    protected void settle(
            JsonNode answer, OutputOption output, WaitOptions waiting, Goal goal, String message) {
        if (output.forPeople()) {
            terminal().line(message);
            waiting.await(api(), terminal(), AppView.of(answer), goal);
        } else {
            waiting.await(api(), terminal().silenced(), AppView.of(answer), goal);
            output.print(terminal(), answer, () -> {});
        }
    }
}
