package io.autoserve.cli.dev;

import io.autoserve.cli.dev.DevCommand.DevOptions;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.time.Duration;

/** The text for newcomers: the addresses, and three things to try. */
record Welcome(Terminal terminal, DevOptions options) {
    void print(Duration took) {
        terminal.line("");
        terminal.line(
                terminal.paint(Paint.STRONG, "AutoServe is ready")
                        + terminal.paint(Paint.FAINT, " after " + HumanUnits.seconds(took)));
        terminal.line("");
        if (options.demo()) {
            place("Demo app", options.apps());
        }
        place("API", options.api());
        terminal.line("");
        terminal.line("Try");
        if (options.demo()) {
            hint(
                    "curl -s '%s/?json'".formatted(options.apps()),
                    "another instance answers each time");
            hint("autoserve scale demo 5 --wait", "start two more instances");
            hint("docker kill demo-1; autoserve events -f", "watch the instance come back");
        } else {
            hint("autoserve apply FILE --wait", "run an app");
            hint("autoserve list", "show all apps");
            hint("autoserve events -f", "follow the events");
        }
        terminal.line("");
        terminal.line(
                terminal.paint(
                        Paint.FAINT, "'autoserve dev --stop' removes everything except the data."));
    }

    private void place(String what, String url) {
        terminal.line("  %-10s %s".formatted(what, terminal.paint(Paint.NAME, url)));
    }

    private void hint(String command, String effect) {
        terminal.line("  %-42s %s".formatted(command, terminal.paint(Paint.FAINT, effect)));
    }
}
