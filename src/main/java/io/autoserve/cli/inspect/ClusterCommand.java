package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Table;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the controllers and databases: their status, the leader and their health. */
@Command(
        name = "cluster",
        header = "Show the controllers and databases: status, leader, health",
        subcommands = {
            ClusterCommand.ClusterStatusCommand.class,
            ClusterCommand.ClusterLeaderCommand.class,
            ClusterCommand.ClusterHealthCommand.class
        },
        footer = {
            "%nExamples",
            "  autoserve cluster status",
            "  autoserve cluster leader -o json | jq -r .name",
            "  autoserve cluster health || page-somebody"
        })
public final class ClusterCommand implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "a subcommand is missing: status, leader or health");
    }

    abstract static class ClusterQueryCommand extends ClientCommand {
        @Mixin private OutputOption output;

        void print(JsonNode answer, Runnable table) {
            output.print(terminal(), answer, table);
        }

        String age(JsonNode time) {
            return HumanUnits.age(time.asText(""), now());
        }
    }

    @Command(
            name = "status",
            header = "Show the leader, the followers and the databases",
            description = "The first part of 'autoserve status', without the apps.")
    static final class ClusterStatusCommand extends ClusterQueryCommand {
        @Override
        public void run() {
            var api = api();
            var answer = api.get("/api/v1/cluster");
            print(answer, () -> new ClusterPage(terminal(), now()).print(api.url(), answer));
        }
    }

    @Command(name = "leader", header = "Show the leader and how long it has led")
    static final class ClusterLeaderCommand extends ClusterQueryCommand {
        @Override
        public void run() {
            var answer = api().get("/api/v1/cluster/leader");
            print(
                    answer,
                    () ->
                            terminal()
                                    .line(
                                            "%s has led for %s, term %s%s"
                                                    .formatted(
                                                            answer.path("name").asText(),
                                                            age(answer.path("since")),
                                                            answer.path("term").asText(),
                                                            address(answer.path("address")))));
        }

        /** Returns nothing for a token that is limited to some apps, which sees no addresses. */
        private static String address(JsonNode address) {
            return address.isTextual() ? ", " + address.asText() : "";
        }
    }

    @Command(
            name = "health",
            header =
                    "Check that the controllers and databases run and that each controller's view"
                            + " matches the database; exit with 1 if a check fails")
    static final class ClusterHealthCommand extends ClusterQueryCommand {
        @Override
        public void run() {
            var answer = api().get("/api/v1/cluster/health");
            print(answer, () -> table(answer));
            if (!answer.path("healthy").asBoolean()) {
                throw CommandFailure.of(
                        Exit.FAILED,
                        "the cluster is not healthy",
                        StreamSupport.stream(answer.path("problems").spliterator(), false)
                                .map(JsonNode::asText)
                                .toList());
            }
        }

        private void table(JsonNode health) {
            terminal()
                    .line(
                            "digest of the tables at event %s of timeline %s: %s"
                                    .formatted(
                                            health.path("seq").asText(),
                                            health.path("timeline").asText(),
                                            health.path("digest").asText()));
            terminal().line("");
            var table = new Table("").header(terminal(), "CONTROLLER", "VIEW", "MATCHES TABLES");
            for (var view : health.path("views")) {
                table.row(
                        view.path("name").asText(),
                        view.path("seq").asText(),
                        switch (view.path("verdict").asText()) {
                            case "Agrees" -> "yes";
                            case "Disagrees" -> "no";
                            default -> "not known yet";
                        });
            }
            table.print(terminal());
        }
    }
}
