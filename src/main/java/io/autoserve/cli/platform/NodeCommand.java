package io.autoserve.cli.platform;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the machines that run instances, drains them and lets them take instances again. */
@Command(
        name = "node",
        header = "Empty a machine for its maintenance, and fill it again",
        subcommands = {
            NodeCommand.ListNodesCommand.class,
            NodeCommand.DrainCommand.class,
            NodeCommand.UncordonCommand.class
        },
        synopsisSubcommandLabel = "list|drain|uncordon",
        footer = {
            "%nExamples",
            "  autoserve node list",
            "  autoserve node drain HOST --force --wait",
            "  autoserve node uncordon HOST"
        })
public final class NodeCommand {
    private static final String PATH = "/api/v1/nodes";

    abstract static class NodeChangeCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The node, as 'node list' names it.")
        private String name;

        @Mixin private OutputOption output;

        String name() {
            return name;
        }

        JsonNode ask(String what) {
            return api().post(PATH + "/" + Api.segment(name) + "/" + what);
        }

        void tell(JsonNode answer, String message) {
            output.print(terminal(), answer, () -> terminal().line(message));
        }
    }

    @Command(name = "list", header = "The nodes, and how many instances are on each")
    static final class ListNodesCommand extends ClientCommand {
        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get(PATH);
            output.print(terminal(), answer, () -> table(answer).print(terminal()));
        }

        private Table table(JsonNode answer) {
            var table =
                    new Table("").header(terminal(), "NODE", "STATE", "INSTANCES", "SINCE", "BY");
            for (var node : answer.path("nodes")) {
                table.row(
                        node.path("name").asText(),
                        node.path("state").asText(),
                        node.path("instances").asText(),
                        node.path("since").isNull()
                                ? "-"
                                : HumanUnits.age(node.path("since").asText(), now()),
                        node.path("actor").asText("-"));
            }
            return table;
        }
    }

    @Command(
            name = "drain",
            header = "Take every instance off a node, and start none there",
            description = {
                "Each instance leaves as always: out of the route, its requests answered, then"
                        + " stopped. On the only node this leaves apps without any, so that it must be"
                        + " said twice."
            },
            footer = {"%nExample", "  autoserve node drain HOST --force --wait"})
    static final class DrainCommand extends NodeChangeCommand {
        private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

        @Option(
                names = "--force",
                description = "Also where its instances have nowhere else to go.")
        private boolean force;

        @Option(names = "--wait", description = "Return only when it is empty.")
        private boolean wait;

        @Option(
                names = "--timeout",
                paramLabel = "TIME",
                description = "Give up --wait after this long (default 5m).")
        private Duration timeout = Duration.ofMinutes(5);

        @Override
        public void run() {
            var query = force ? Api.query(Map.of("force", "true")) : "";
            var answer = ask("drain" + query);
            tell(
                    answer,
                    "%s is drained of %s; 'autoserve node uncordon %s' has them come back"
                            .formatted(
                                    name(),
                                    HumanUnits.count(answer.path("instances").asInt(), "instance"),
                                    name()));
            if (wait) {
                awaitEmpty();
            }
        }

        private void awaitEmpty() {
            var end = System.nanoTime() + timeout.toNanos();
            try (var progress = terminal().progress()) {
                for (var left = left(); left > 0; left = left()) {
                    if (System.nanoTime() > end) {
                        throw CommandFailure.of(
                                Exit.TIMED_OUT,
                                "%d instances are still on %s; it goes on".formatted(left, name()));
                    }
                    progress.show(
                            "%s: %s left".formatted(name(), HumanUnits.count(left, "instance")));
                    pause();
                }
                progress.end("%s %s: empty".formatted(terminal().paint(Paint.GOOD, "✓"), name()));
            }
        }

        private int left() {
            for (var node : api().get(PATH).path("nodes")) {
                if (node.path("name").asText().equals(name())) {
                    return node.path("instances").asInt();
                }
            }
            return 0;
        }

        private static void pause() {
            try {
                Thread.sleep(BETWEEN_LOOKS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CommandFailure.of(Exit.FAILED, "interrupted", e);
            }
        }
    }

    @Command(name = "uncordon", header = "Let a node take instances again")
    static final class UncordonCommand extends NodeChangeCommand {
        @Override
        public void run() {
            tell(ask("uncordon"), name() + " takes instances again");
        }
    }
}
