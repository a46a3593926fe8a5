package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The commands that change a registered app: up, down, restart, scale. */
public final class LifecycleCommands {
    private LifecycleCommands() {}

    abstract static class LifecycleCommand extends ClientCommand {
        @Mixin private AppArgument app;

        @Mixin private WaitOptions waiting;
        @Mixin private OutputOption output;

        String name() {
            return app.name();
        }

        String path(String action) {
            return app.path(action);
        }

        void settle(JsonNode answer, Goal goal, String message) {
            settle(answer, output, waiting, goal, message);
        }
    }

    @Command(
            name = "up",
            aliases = "start",
            header = "Start a stopped app",
            footer = {"%nExample", "  autoserve up web --wait"})
    public static final class UpCommand extends LifecycleCommand {
        @Override
        public void run() {
            settle(api().post(path("/start")), Goal.READY, name() + " is starting");
        }
    }

    @Command(
            name = "down",
            aliases = "stop",
            header = "Drain and stop an app; it stays registered",
            footer = {"%nExample", "  autoserve down web --wait --timeout 2m"})
    public static final class DownCommand extends LifecycleCommand {
        @Override
        public void run() {
            settle(api().post(path("/stop")), Goal.STOPPED, name() + " is stopping");
        }
    }

    @Command(
            name = "restart",
            header = "Replace all instances without downtime",
            footer = {"%nExample", "  autoserve restart web --wait"})
    public static final class RestartCommand extends LifecycleCommand {
        @Override
        public void run() {
            settle(api().post(path("/restart")), Goal.READY, name() + " is restarting");
        }
    }

    @Command(
            name = "scale",
            header = "Set the number of instances",
            footer = {"%nExample", "  autoserve scale web 5 --wait"})
    public static final class ScaleCommand extends LifecycleCommand {
        @Parameters(
                index = "1",
                paramLabel = "N",
                converter = WholeNumber.InstanceCount.class,
                description = "The desired number of instances, 0 to 1000.")
        private int replicas;

        @Override
        public void run() {
            var body = Api.Body.json("{\"replicas\":%d}".formatted(replicas));
            settle(
                    api().send("POST", path("/scale"), body),
                    Goal.READY,
                    "%s is scaling to %s"
                            .formatted(name(), HumanUnits.count(replicas, "instance")));
        }
    }
}
