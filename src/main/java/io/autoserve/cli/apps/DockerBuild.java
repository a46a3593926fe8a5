package io.autoserve.cli.apps;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Builds an image with the command line of Docker, and shows its output. */
record DockerBuild(Terminal terminal, Map<String, String> environment) {
    private static final String PROGRAM = "AUTOSERVE_DOCKER_CLI";

    /** Returns once the image has this name. */
    void run(Path folder, String image) {
        var program = environment.getOrDefault(PROGRAM, "docker");
        var source = folder.toString().isEmpty() ? "." : folder.toString();
        try {
            var build =
                    new ProcessBuilder(program, "build", "--tag", image, source)
                            .redirectErrorStream(true)
                            .start();
            build.getOutputStream().close();
            show(build);
            var exit = build.waitFor();
            if (exit != 0) {
                throw CommandFailure.of(
                        Exit.FAILED,
                        "the build of %s failed with the exit code %d: nothing was deployed"
                                .formatted(source, exit));
            }
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    "'%s' could not be started: install Docker, or name its program in %s"
                            .formatted(program, PROGRAM),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", e);
        }
    }

    /** Shows the output on standard error, because standard output is for the answer. */
    private void show(Process build) throws IOException {
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(build.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                terminal.aside(line);
            }
        }
    }
}
