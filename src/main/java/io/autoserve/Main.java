package io.autoserve;

import io.autoserve.cli.AutoServe;
import io.autoserve.cli.terminal.Terminal;
import java.time.InstantSource;

/** Starts the process: runs the command line with the real terminal, environment and clock. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        var environment = System.getenv();
        var terminal = Terminal.ofProcess(environment);
        var clock = InstantSource.system();
        System.exit(AutoServe.run(terminal, environment, clock, Controller::start, arguments));
    }
}
