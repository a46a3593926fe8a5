package io.autoserve.testing;

/** Runs {@code docker} as an operator does, without the platform's knowledge. */
public final class DockerCommand {
    private DockerCommand() {}

    /**
     * @return what the command printed
     * @throws IllegalStateException with that output, if the command failed
     */
    public static String docker(String... arguments) {
        return HostCommand.here().run("docker", arguments);
    }
}
