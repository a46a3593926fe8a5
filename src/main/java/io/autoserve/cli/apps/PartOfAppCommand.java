package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import picocli.CommandLine.Mixin;

/** A command about something that belongs to one app, such as its tasks. */
abstract class PartOfAppCommand extends ClientCommand {
    @Mixin private AppArgument app;
    @Mixin private OutputOption output;

    private final String parts;

    /**
     * @param parts the path of the parts below that of the app, such as {@code /tasks}
     */
    PartOfAppCommand(String parts) {
        this.parts = parts;
    }

    String path(String below) {
        return app.path(parts + below);
    }

    void print(JsonNode answer, Runnable table) {
        output.print(terminal(), answer, table);
    }
}
