package io.autoserve.cli.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists the machines that run instances, drains them and lets them take instances again. */
@Command(
        name = "node",
        header = "Show a node, drain it for maintenance, and return it to service",
        subcommands = {
            NodeCommand.ListNodesCommand.class,
            NodeCommand.ShowNodeCommand.class,
            NodeCommand.DrainCommand.class,
            NodeCommand.UncordonCommand.class
        },
        synopsisSubcommandLabel = "list|show|drain|uncordon",
        footer = {
            "%nExamples",
            "  autoserve node list",
            "  autoserve node show HOST",
            "  autoserve node drain HOST --force --wait",
            "  autoserve node uncordon HOST"
        })
public final class NodeCommand {
    private static final String PATH = "/api/v1/nodes";

    abstract static class NodeChangeCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The node, as 'node list' shows it.")
        private String name;

        @Mixin private OutputOption output;

        String name() {
            return name;
        }

        JsonNode ask(String what) {
            return api().post(PATH + "/" + Api.segment(name) + "/" + what);
        }

        void show(JsonNode answer, String message) {
            output.print(terminal(), answer, () -> terminal().line(message));
        }

        boolean forPeople() {
            return output.forPeople();
        }
    }

    @Command(name = "list", header = "List the nodes and the number of instances on each")
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
            name = "show",
            header = "Show what a node has, and what its instances may use of it",
            description =
                    "The limits are the sums over the node's instances. An instance without a"
                            + " limit counts as 0.",
            footer = {"%nExample", "  autoserve node show HOST"})
    static final class ShowNodeCommand extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The node, as 'node list' shows it.")
        private String name;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var node = named(api().get(PATH), name);
            if (node.isMissingNode()) {
                throw CommandFailure.of(
                        Exit.NOT_FOUND,
                        "there is no node '%s': 'autoserve node list' shows all nodes"
                                .formatted(name));
            }
            output.print(terminal(), node, () -> table(node).print(terminal()));
        }

        private static Table table(JsonNode node) {
            return new Table("")
                    .row("Node", node.path("name").asText())
                    .row("State", node.path("state").asText())
                    .row("Engine", known(node.path("engine").asText()))
                    .row("Instances", node.path("instances").asText())
                    .row(
                            "CPU limits",
                            "%s of %s processors"
                                    .formatted(
                                            BigDecimal.valueOf(
                                                            node.path("reservedCpuMillis").asLong(),
                                                            3)
                                                    .stripTrailingZeros()
                                                    .toPlainString(),
                                            node.path("processors").asText()))
                    .row(
                            "Memory limits",
                            "%s of %s"
                                    .formatted(
                                            HumanUnits.bytes(
                                                    node.path("reservedMemoryBytes").asLong()),
                                            HumanUnits.bytes(node.path("memoryBytes").asLong())));
        }

        private static String known(String text) {
            return text.isEmpty() ? "-" : text;
        }
    }

    /** Returns the node of this name, or nothing if it is not listed. */
    private static JsonNode named(JsonNode answer, String name) {
        for (var node : answer.path("nodes")) {
            if (node.path("name").asText().equals(name)) {
                return node;
            }
        }
        return MissingNode.getInstance();
    }

    @Command(
            name = "drain",
            header = "Remove all instances from a node, and start no new ones on it",
            description = {
                "Each instance is drained as usual: it leaves the route, finishes its requests"
                        + " and is stopped. Draining the only node leaves apps without instances,"
                        + " so it requires --force."
            },
            footer = {"%nExample", "  autoserve node drain HOST --force --wait"})
    static final class DrainCommand extends NodeChangeCommand {
        private static final Duration BETWEEN_CHECKS = Duration.ofMillis(200);

        @Option(
                names = "--force",
                description = "Drain the node even if its instances cannot run elsewhere.")
        private boolean force;

        @Option(names = "--wait", description = "Wait until the node is empty.")
        private boolean wait;

        @Option(
                names = "--timeout",
                paramLabel = "TIME",
                description = "End --wait after this time (default 5m).")
        private Duration timeout = Duration.ofMinutes(5);

        @Override
        public void run() {
            var query = force ? Api.query(Map.of("force", "true")) : "";
            var answer = ask("drain" + query);
            if (wait && !forPeople()) {
                show(awaitEmpty(_ -> {}), ""); // a program needs one document, the final state
                return;
            }
            show(
                    answer,
                    ("%s is being drained of %s; run 'autoserve node uncordon %s' to let it take"
                                    + " instances again")
                            .formatted(
                                    name(),
                                    HumanUnits.count(answer.path("instances").asInt(), "instance"),
                                    name()));
            if (wait) {
                try (var progress = terminal().progress()) {
                    awaitEmpty(progress::show);
                    progress.end(
                            "%s %s: empty".formatted(terminal().paint(Paint.GOOD, "✓"), name()));
                }
            }
        }

        /**
         * @param progress called with how many instances are left
         * @return the empty node
         */
        private JsonNode awaitEmpty(Consumer<String> progress) {
            var end = System.nanoTime() + timeout.toNanos();
            while (true) {
                String last;
                try {
                    var node = node();
                    var left = node.path("instances").asInt();
                    if (left == 0) {
                        return node;
                    }
                    last = HumanUnits.count(left, "instance") + " left";
                } catch (CommandFailure failure) {
                    if (!failure.mayPass()) {
                        throw failure;
                    }
                    last = failure.text(); // the drain continues without this controller
                }
                if (System.nanoTime() > end) {
                    throw CommandFailure.of(
                            Exit.TIMED_OUT,
                            ("%s is not empty: %s. The drain continues. Run `autoserve events` to"
                                            + " see what its apps wait for.")
                                    .formatted(name(), last));
                }
                progress.accept("%s: %s".formatted(name(), last));
                pause();
            }
        }

        /** Returns the node's present state, or nothing if the node is no longer listed. */
        private JsonNode node() {
            return named(api().get(PATH), name());
        }

        private static void pause() {
            try {
                Thread.sleep(BETWEEN_CHECKS);
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
            show(ask("uncordon"), name() + " takes instances again");
        }
    }
}
