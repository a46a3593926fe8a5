package io.autoserve.health;

import java.time.Duration;
import java.util.List;

/** Runs a command inside a container. The top package implements it with the container runtime. */
@FunctionalInterface
public interface CommandProbe {

    /** Blocks its (virtual) thread. Throws if the engine refuses or does not answer in time. */
    Result run(String containerId, List<String> command, Duration timeout);

    record Result(int exitCode, String output) {}
}
