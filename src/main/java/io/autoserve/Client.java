package io.autoserve;

import io.autoserve.cli.AutoServe;
import io.autoserve.cli.terminal.Terminal;
import java.time.InstantSource;

/**
 * Starts the process of a client: the command line without a controller. The jar of the client has
 * few libraries, because opening the whole jar takes longer than most commands.
 */
public final class Client {
    private Client() {}

    public static void main(String[] arguments) {
        var environment = System.getenv();
        var terminal = Terminal.ofProcess(environment);
        System.exit(
                AutoServe.run(
                        terminal,
                        environment,
                        InstantSource.system(),
                        _ -> {
                            throw new UnsupportedOperationException(
                                    "the client starts no controller");
                        },
                        arguments));
    }
}
