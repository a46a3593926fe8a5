package io.autoserve.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        header = "One app with its instances",
        footer = {
            "%nExamples",
            "  autoserve status web",
            "  autoserve status web -o json | jq .replicas.ready"
        })
final class Status extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "The app.")
    private String name;

    @Mixin private Output output;

    @Override
    public void run() {
        var answer = api().get("/api/v1/apps/" + name);
        output.print(terminal(), answer, () -> page(AppView.of(answer)));
    }

    private void page(AppView app) {
        var terminal = terminal();
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
        return new Table("  ")
                .row(label("image"), app.image())
                .row(label("revision"), String.valueOf(app.revision()))
                .row(
                        label("replicas"),
                        "%d wanted, %d there, %d ready%s"
                                .formatted(
                                        app.desired(),
                                        app.current(),
                                        app.ready(),
                                        app.scaling().equals("Auto") ? " (scales by itself)" : ""))
                .row(label("hosts"), String.join(", ", app.hosts()) + path(app))
                .row(label("created"), Humane.age(app.createdAt(), now()) + " ago");
    }

    private static String path(AppView app) {
        return app.pathPrefix().equals("/") ? "" : "  path " + app.pathPrefix();
    }

    private Table instances(AppView app) {
        var now = now();
        var table =
                new Table("  ")
                        .header(
                                terminal(),
                                "INSTANCE",
                                "STATE",
                                "REVISION",
                                "ADDRESS",
                                "RESTARTS",
                                "AGE");
        for (var instance : app.instances()) {
            table.row(
                    instance.name(),
                    States.dot(terminal(), instance.word()),
                    String.valueOf(instance.revision()),
                    instance.address().isEmpty() ? "-" : instance.address() + ":" + instance.port(),
                    String.valueOf(instance.restarts()),
                    Humane.age(instance.startedAt(), now));
        }
        return table;
    }

    /** Below the table, where long reasons have room. */
    private void complaints(AppView app) {
        var troubled =
                app.instances().stream()
                        .filter(it -> !it.ready() && !it.reason().isEmpty())
                        .toList();
        if (troubled.isEmpty()) {
            return;
        }
        terminal().line("");
        var table = new Table("  ");
        troubled.forEach(it -> table.row(label(it.name()), it.reason()));
        table.print(terminal());
    }

    private String label(String text) {
        return terminal().paint(Paint.FAINT, text);
    }
}
