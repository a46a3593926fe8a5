package io.autoserve.health;

import java.time.Duration;
import java.util.List;

/**
 * Runs a command inside a container. The package {@code io.autoserve} implements this interface
 * with the container runtime.
 */
@FunctionalInterface
public interface CommandProbe {

    /**
     * Runs the command and returns its result. Blocks the calling thread, which should be a virtual
     * one. Throws if the engine refuses the command or does not answer in time.
     *
     * @param accepted called when the engine has accepted the command, before it runs
     */
    Result run(String containerId, List<String> command, Duration timeout, Runnable accepted);

    record Result(int exitCode, String output) {}
}
