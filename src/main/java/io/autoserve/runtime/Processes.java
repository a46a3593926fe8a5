package io.autoserve.runtime;

import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.runtime.ContainerRuntime.Execution;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * Runs commands inside containers. The engine cannot stop a command, so one that exceeds its
 * timeout keeps running.
 */
final class Processes {
    private static final int MAX_OUTPUT = 64 * 1024;
    private static final byte[] ATTACHED = "{\"Detach\":false}".getBytes(StandardCharsets.UTF_8);

    private final Engine engine;

    Processes(Engine engine) {
        this.engine = engine;
    }

    /**
     * Runs a command. The output is the first 64 KiB of both streams, in the order in which they
     * arrived.
     *
     * @param accepted called when the engine has accepted the command, before its output is read
     */
    Execution run(String container, List<String> command, Duration timeout, Runnable accepted) {
        var what = "run '%s' in %s".formatted(String.join(" ", command), container);
        var id =
                engine.call(
                        what,
                        client ->
                                client.execCreateCmd(container)
                                        .withAttachStdout(true)
                                        .withAttachStderr(true)
                                        .withCmd(command.toArray(String[]::new))
                                        .exec()
                                        .getId());
        var output = engine.within(what, timeout, () -> output(id, accepted));
        return new Execution(exitCode(what, id), output);
    }

    private String output(String id, Runnable accepted) throws IOException, InterruptedException {
        var output = new ByteArrayOutputStream();
        try (var response = engine.open(start(id))) {
            accepted.run();
            Frames.read(
                    response.getBody(),
                    (_, bytes) -> {
                        var room = MAX_OUTPUT - output.size();
                        output.write(bytes, 0, Math.min(room, bytes.length));
                    });
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    private static Request start(String id) {
        return Request.builder()
                .method(Request.Method.POST)
                .path("/exec/" + id + "/start")
                .putHeader("Content-Type", "application/json")
                .bodyBytes(ATTACHED)
                .build();
    }

    /**
     * Returns the exit code. The engine reports it shortly after the output has ended, so this
     * method polls.
     */
    int exitCode(String what, String id) {
        return engine.call(
                what,
                client -> {
                    while (true) {
                        var exec = client.inspectExecCmd(id).exec();
                        if (!exec.isRunning() && exec.getExitCodeLong() != null) {
                            return exec.getExitCodeLong().intValue();
                        }
                        Thread.onSpinWait();
                    }
                });
    }
}
