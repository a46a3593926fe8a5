package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.States;
import io.autoserve.cli.terminal.Table;
import io.autoserve.cli.terminal.Terminal;
import java.time.Instant;

/** Prints all apps, one on each line. */
final class AppTable {
    private final Terminal terminal;
    private final Instant now;

    AppTable(Terminal terminal, Instant now) {
        this.terminal = terminal;
        this.now = now;
    }

    void print(JsonNode apps) {
        if (apps.isEmpty()) {
            terminal.line("There are no apps yet. Run 'autoserve apply FILE' to register one.");
            return;
        }
        var table =
                new Table("")
                        .header(terminal, "NAME", "STATE", "READY", "REVISION", "AGE", "IMAGE");
        for (var json : apps) {
            var app = AppView.of(json);
            table.row(
                    app.name(),
                    States.dot(terminal, app.state()),
                    app.ready() + "/" + app.desired(),
                    String.valueOf(app.revision()),
                    HumanUnits.age(app.createdAt(), now),
                    app.image());
        }
        table.print(terminal);
        for (var json : apps) {
            var app = AppView.of(json);
            app.conflicts()
                    .forEach(conflict -> terminal.line("%s: %s".formatted(app.name(), conflict)));
        }
    }
}
