package io.autoserve.testing;

import java.nio.file.Path;
import java.util.stream.Stream;

/** Runs {@code docker} as an operator does, without the platform's knowledge. */
public final class DockerCommand {
    private DockerCommand() {}

    /**
     * @return what the command printed
     * @throws IllegalStateException with that output, if the command failed
     */
    public static String docker(String... arguments) {
        return HostCommand.in(Path.of("").toAbsolutePath())
                .run(
                        Stream.concat(Stream.of("docker"), Stream.of(arguments))
                                .toArray(String[]::new));
    }
}
