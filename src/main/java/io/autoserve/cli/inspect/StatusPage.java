package io.autoserve.cli.inspect;

import io.autoserve.cli.client.AppView;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.States;
import io.autoserve.cli.terminal.Table;
import io.autoserve.cli.terminal.Terminal;
import java.time.Instant;

/** Prints one app with its instances. */
final class StatusPage {
    private final Terminal terminal;
    private final Instant now;

    StatusPage(Terminal terminal, Instant now) {
        this.terminal = terminal;
        this.now = now;
    }

    void print(AppView app) {
        terminal.line(
                "%s  %s  %s"
                        .formatted(
                                terminal.paint(Paint.STRONG, app.name()),
                                States.dot(terminal, app.state()),
                                terminal.paint(Paint.FAINT, app.reason())));
        terminal.line("");
        facts(app).print(terminal);
        if (!app.instances().isEmpty()) {
            terminal.line("");
            instances(app).print(terminal);
        }
        complaints(app);
    }

    private Table facts(AppView app) {
        var table = new Table("  ").row(label("image"), app.image());
        app.imageId().ifPresent(image -> table.row(label("image id"), image));
        table.row(label("revision"), String.valueOf(app.revision()))
                .row(
                        label("replicas"),
                        "%d desired, %d running, %d ready%s"
                                .formatted(
                                        app.desired(),
                                        app.current(),
                                        app.ready(),
                                        app.scaling().equals("Auto")
                                                ? " (scales automatically)"
                                                : ""))
                .row(
                        label("hosts"),
                        app.hosts().isEmpty()
                                ? "none: a worker gets no requests"
                                : String.join(", ", app.hosts()) + path(app));
        app.conflicts()
                .forEach(conflict ->
                        table.row(label("conflict"), terminal.paint(Paint.BAD, conflict)));
        return table.row(label("created"), HumanUnits.age(app.createdAt(), now) + " ago");
    }

    private static String path(AppView app) {
        return app.pathPrefix().equals("/") ? "" : "  path " + app.pathPrefix();
    }

    private Table instances(AppView app) {
        var table =
                new Table("  ")
                        .header(
                                terminal,
                                "INSTANCE",
                                "STATE",
                                "REVISION",
                                "ADDRESS",
                                "RESTARTS",
                                "AGE");
        for (var instance : app.instances()) {
            table.row(
                    instance.name(),
                    States.dot(terminal, instance.word()),
                    String.valueOf(instance.revision()),
                    instance.address().isEmpty() ? "-" : instance.socket(),
                    String.valueOf(instance.restarts()),
                    HumanUnits.age(instance.startedAt(), now));
        }
        return table;
    }

    /**
     * Prints below the table why instances are not ready, because the table has no room for long
     * reasons.
     */
    private void complaints(AppView app) {
        var troubled =
                app.instances().stream()
                        .filter(it -> !it.ready() && !it.reason().isEmpty())
                        .toList();
        if (troubled.isEmpty()) {
            return;
        }
        terminal.line("");
        var table = new Table("  ");
        troubled.forEach(it -> table.row(label(it.name()), it.reason()));
        table.print(terminal);
    }

    private String label(String text) {
        return terminal.paint(Paint.FAINT, text);
    }
}
