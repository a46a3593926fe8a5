package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.BuildVersion;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import io.autoserve.cli.terminal.Terminal;
import java.time.Instant;

/** Prints the platform: the leader, the controllers and the databases. */
final class ClusterPage {
    private final Terminal terminal;
    private final Instant now;

    ClusterPage(Terminal terminal, Instant now) {
        this.terminal = terminal;
        this.now = now;
    }

    /**
     * @param url the API that answered
     */
    void print(String url, JsonNode cluster) {
        new Table("")
                .row(label("API"), url)
                .row(label("command line"), BuildVersion.text())
                .row(label("leader"), leader(cluster))
                .print(terminal);
        terminal.line("");
        controllers(cluster.path("members")).print(terminal);
        terminal.line("");
        databases(cluster.path("database")).print(terminal);
    }

    private String leader(JsonNode cluster) {
        return cluster.path("leader").isTextual()
                ? "%s for %s, term %s"
                        .formatted(
                                cluster.path("leader").asText(),
                                age(cluster.path("leaderSince")),
                                cluster.path("term").asText())
                : "no controller leads";
    }

    private Table controllers(JsonNode members) {
        var table =
                new Table("")
                        .header(
                                terminal,
                                "CONTROLLER",
                                "ROLE",
                                "VERSION",
                                "VIEW",
                                "BEHIND",
                                "DIGEST",
                                "SEEN",
                                "ADDRESS");
        for (var member : members) {
            table.row(
                    member.path("name").asText(),
                    member.path("role").asText(),
                    member.path("version").asText(),
                    member.path("viewSeq").asText(),
                    member.path("viewLag").asText("-"),
                    shortened(member.path("viewDigest").asText("-")),
                    age(member.path("lastSeen")),
                    member.path("address").asText("-"));
        }
        return table;
    }

    private Table databases(JsonNode database) {
        var table = new Table("").header(terminal, "DATABASE", "ROLE", "STATE", "BEHIND");
        table.row(
                database.path("primary").asText("unknown"),
                "primary",
                "timeline " + database.path("timeline").asText("?"),
                "-");
        for (var replica : database.path("replicas")) {
            table.row(
                    replica.path("name").asText(),
                    "standby",
                    replica.path("state").asText(),
                    HumanUnits.lag(replica.path("lagBytes")));
        }
        return table;
    }

    /** Shortens a digest to 12 characters, which are enough to compare two digests at a glance. */
    private static String shortened(String digest) {
        return digest.substring(0, Math.min(12, digest.length()));
    }

    private String age(JsonNode time) {
        return HumanUnits.age(time.asText(""), now);
    }

    private String label(String text) {
        return terminal.paint(Paint.FAINT, text);
    }
}
