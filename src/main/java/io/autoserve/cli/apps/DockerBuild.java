package io.autoserve.cli.apps;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Builds and pushes images with the command line of Docker, and shows its output.
 *
 * @param limit how long a build or a push may take
 */
record DockerBuild(Terminal terminal, Map<String, String> environment, Duration limit) {
    private static final String PROGRAM = "AUTOSERVE_DOCKER_CLI";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Returns once the image has this name. */
    void build(Path folder, String image) {
        var source = folder.toString().isEmpty() ? "." : folder.toString();
        run("the build of " + source, "build", "--tag", image, source);
    }

    /**
     * Pushes an image to its registry. Docker sends only the layers that the registry lacks.
     *
     * @param repository the name of the image without its tag
     * @return the name of the image with its digest
     */
    String push(String repository, String image) {
        run("the push of " + image, "push", image);
        var known = output("image", "inspect", "--format", "{{json .RepoDigests}}", image);
        return digests(known).stream()
                .filter(name -> name.startsWith(familiar(repository) + "@"))
                .findFirst()
                .map(name -> image + name.substring(name.indexOf('@')))
                .orElseThrow(() ->
                        CommandFailure.of(
                                Exit.FAILED,
                                "Docker does not know the digest of %s: nothing was deployed"
                                        .formatted(image)));
    }

    /** Returns the name as Docker lists it, which leaves out its own registry. */
    private static String familiar(String repository) {
        return repository.replaceFirst("^(index\\.)?docker\\.io/(library/)?", "");
    }

    private static List<String> digests(String json) {
        try {
            var names = new ArrayList<String>();
            JSON.readTree(json).forEach(name -> names.add(name.asText()));
            return names;
        } catch (JsonProcessingException e) {
            throw CommandFailure.of(Exit.FAILED, "Docker's answer is not JSON: " + json.strip(), e);
        }
    }

    private void run(String what, String... arguments) {
        try {
            var process = start(true, arguments);
            var shown = Thread.startVirtualThread(() -> show(process));
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                end(process);
                throw CommandFailure.of(
                        Exit.FAILED,
                        "%s was ended after %s: nothing was deployed. Use --build-timeout for a longer one"
                                .formatted(what, HumanUnits.seconds(limit)));
            }
            shown.join();
            requireDone(what, process.exitValue());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", e);
        }
    }

    private String output(String... arguments) {
        try {
            var process = start(false, arguments);
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            requireDone("'docker %s'".formatted(arguments[0]), process.waitFor());
            return output;
        } catch (IOException e) {
            throw CommandFailure.of(Exit.FAILED, "Docker's answer cannot be read: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", e);
        }
    }

    private static void requireDone(String what, int exit) {
        if (exit != 0) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    "%s failed with the exit code %d: nothing was deployed".formatted(what, exit));
        }
    }

    /**
     * @param together whether errors are a part of the output
     */
    private Process start(boolean together, String... arguments) {
        var program = environment.getOrDefault(PROGRAM, "docker");
        var command = new ArrayList<>(List.of(arguments));
        command.addFirst(program);
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(together).start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    "'%s' could not be started: install Docker, or name its program in %s"
                            .formatted(program, PROGRAM),
                    e);
        }
    }

    /** Docker ends a build whose client is gone. */
    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Shows the output on standard error, because standard output is for the answer. */
    private void show(Process process) {
        try (var lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                terminal.aside(line);
            }
        } catch (IOException _) {
            // the process has ended
        }
    }
}
