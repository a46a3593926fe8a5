package io.autoserve.cli.command;

import io.autoserve.Settings;
import io.autoserve.cli.terminal.Terminal;
import java.time.InstantSource;
import java.util.Map;

/**
 * Everything that commands need from their process.
 *
 * @param environment the variables of the process
 * @param controllers starts a controller, for the commands that run one
 */
public record Shell(
        Terminal terminal,
        Map<String, String> environment,
        InstantSource clock,
        ControllerStarter controllers) {

    public Shell {
        environment = Map.copyOf(environment);
    }

    /** Starts a controller in this process. Closing the result stops the controller. */
    public interface ControllerStarter {
        /** Returns once the controller answers. */
        AutoCloseable start(Settings settings) throws Exception;
    }
}
