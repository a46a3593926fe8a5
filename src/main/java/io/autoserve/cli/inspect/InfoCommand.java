package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.BuildVersion;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "info",
        header = "Show the controllers, the leader, the database and versions",
        footer = {"%nExample", "  autoserve info -o json | jq -r .leader"})
public final class InfoCommand extends ClientCommand {
    @Mixin private OutputOption output;

    @Override
    public void run() {
        var api = api();
        var answer = api.get("/api/v1/cluster");
        output.print(terminal(), answer, () -> page(api.url(), answer));
    }

    private void page(String url, JsonNode cluster) {
        var database = cluster.path("database");
        new Table("")
                .row(label("API"), url)
                .row(label("command line"), BuildVersion.text())
                .row(label("leader"), leader(cluster))
                .row(
                        label("database"),
                        "%s, timeline %s, %s"
                                .formatted(
                                        database.path("primary").asText("primary unknown"),
                                        database.path("timeline").asText("?"),
                                        replicas(database.path("replicas"))))
                .print(terminal());
        terminal().line("");
        members(cluster.path("members")).print(terminal());
    }

    private String leader(JsonNode cluster) {
        return cluster.path("leader").isTextual()
                ? "%s for %s, term %s"
                        .formatted(
                                cluster.path("leader").asText(),
                                HumanUnits.age(cluster.path("leaderSince").asText(""), now()),
                                cluster.path("term").asText())
                : "no controller leads";
    }

    private static String replicas(JsonNode replicas) {
        if (replicas.isEmpty()) {
            return "no standby";
        }
        var text = new StringBuilder();
        for (var replica : replicas) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(replica.path("name").asText())
                    .append(' ')
                    .append(replica.path("state").asText())
                    .append(", lag ")
                    .append(HumanUnits.lag(replica.path("lagBytes")));
        }
        return text.toString();
    }

    private Table members(JsonNode members) {
        var now = now();
        var table =
                new Table("")
                        .header(
                                terminal(),
                                "CONTROLLER",
                                "ROLE",
                                "VERSION",
                                "VIEW",
                                "SEEN",
                                "ADDRESS");
        for (var member : members) {
            table.row(
                    member.path("name").asText(),
                    member.path("role").asText(),
                    member.path("version").asText(),
                    member.path("viewSeq").asText(),
                    HumanUnits.age(member.path("lastSeen").asText(""), now),
                    member.path("address").asText("-"));
        }
        return table;
    }

    private String label(String text) {
        return terminal().paint(Paint.FAINT, text);
    }
}
