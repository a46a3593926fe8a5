package io.autoserve.cli.access;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "whoami",
        header = "Show which token is in use, and what it permits",
        footer = {"%nExamples", "  autoserve whoami", "  autoserve whoami -o json | jq -r .role"})
public final class WhoamiCommand extends ClientCommand {
    @Mixin private OutputOption output;

    @Override
    public void run() {
        var api = api();
        var session = api.get("/api/v1/session");
        output.print(terminal(), session, () -> page(api.url(), session));
    }

    private void page(String url, JsonNode session) {
        var table =
                new Table("")
                        .row(label("API"), url)
                        .row(label("name"), session.path("actor").asText())
                        .row(label("role"), role(session))
                        .row(label("apps"), apps(session.path("apps")));
        if (session.path("expiresAt").isTextual()) {
            table.row(label("expires"), session.path("expiresAt").asText());
        }
        table.print(terminal());
    }

    private static String role(JsonNode session) {
        var role = session.path("role").asText();
        return session.path("open").asBoolean()
                ? role + " (authentication is off, so every caller is an admin)"
                : role;
    }

    private static String apps(JsonNode patterns) {
        return StreamSupport.stream(patterns.spliterator(), false)
                .map(JsonNode::asText)
                .collect(joining(", "));
    }

    private String label(String text) {
        return terminal().paint(Paint.FAINT, text);
    }
}
