package io.autoserve.cli.dev;

import io.autoserve.cli.dev.DevCommand.DevOptions;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.time.Duration;

/** The text for newcomers: the addresses, and three things to try. */
record Welcome(Terminal terminal, DevOptions wishes) {
    void print(Duration took) {
        terminal.line("");
        terminal.line(
                terminal.paint(Paint.STRONG, "AutoServe serves")
                        + terminal.paint(Paint.FAINT, " after " + HumanUnits.seconds(took)));
        terminal.line("");
        if (wishes.demo()) {
            place("Demo app", wishes.apps());
        }
        place("API", wishes.api());
        terminal.line("");
        terminal.line("Try");
        if (wishes.demo()) {
            hint("curl -s '%s/?json'".formatted(wishes.apps()), "another instance each time");
            hint("autoserve scale demo 5 --wait", "two more");
            hint("docker kill demo-1; autoserve events -f", "watch it come back");
        } else {
            hint("autoserve apply FILE --wait", "run an app");
            hint("autoserve list", "how the apps are");
            hint("autoserve events -f", "what happens");
        }
        terminal.line("");
        terminal.line(terminal.paint(Paint.FAINT, "'autoserve dev --stop' removes it all."));
    }

    private void place(String what, String url) {
        terminal.line("  %-10s %s".formatted(what, terminal.paint(Paint.NAME, url)));
    }

    private void hint(String command, String effect) {
        terminal.line("  %-42s %s".formatted(command, terminal.paint(Paint.FAINT, effect)));
    }
}
