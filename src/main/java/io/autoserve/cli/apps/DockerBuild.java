package io.autoserve.cli.apps;

import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Builds an image with the command line of Docker, and shows its output. */
record DockerBuild(Terminal terminal, Map<String, String> environment) {
    private static final String PROGRAM = "AUTOSERVE_DOCKER_CLI";

    /**
     * Returns once the image has this name.
     *
     * @param limit how long the build may take
     */
    void run(Path folder, String image, Duration limit) {
        var program = environment.getOrDefault(PROGRAM, "docker");
        var source = folder.toString().isEmpty() ? "." : folder.toString();
        try {
            var build =
                    new ProcessBuilder(program, "build", "--tag", image, source)
                            .redirectErrorStream(true)
                            .start();
            build.getOutputStream().close();
            var output = Thread.startVirtualThread(() -> show(build));
            if (!build.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                end(build);
                throw CommandFailure.of(
                        Exit.FAILED,
                        "the build of %s was ended after %s: nothing was deployed. Use --build-timeout for a longer one"
                                .formatted(source, HumanUnits.seconds(limit)));
            }
            output.join();
            if (build.exitValue() != 0) {
                throw CommandFailure.of(
                        Exit.FAILED,
                        "the build of %s failed with the exit code %d: nothing was deployed"
                                .formatted(source, build.exitValue()));
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

    /** Docker ends a build whose client is gone. */
    private static void end(Process build) {
        build.descendants().forEach(ProcessHandle::destroyForcibly);
        build.destroyForcibly();
    }

    /** Shows the output on standard error, because standard output is for the answer. */
    private void show(Process build) {
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(build.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                terminal.aside(line);
            }
        } catch (IOException _) {
            // the build has ended
        }
    }
}
