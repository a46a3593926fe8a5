package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "run",
        header = "Run a command to its end, in a new container of an app",
        description = {
            "The container has the image, the environment, the secrets and the volumes of the app."
                    + " autoserve shows what the command writes and exits with the exit code of the"
                    + " command, or with 1 if the task was stopped because of its time limit or was"
                    + " cancelled. The task continues if autoserve is interrupted."
        },
        footer = {
            "%nExamples",
            "  autoserve run web -- rake db:migrate",
            "  autoserve run web --detach --retries 3 --timeout 2h -- ./import.sh"
        })
public final class RunCommand extends ClientCommand implements IExitCodeGenerator {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration BETWEEN_READS = Duration.ofMillis(500);
    private static final int MOST_LINES = 10_000;

    @Mixin private AppArgument app;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "COMMAND",
            description = "The program and its arguments, after --. It runs without a shell.")
    private List<String> command;

    @Option(
            names = {"-d", "--detach"},
            description = "Return as soon as the task is accepted, and print its name.")
    private boolean detach;

    @Option(
            names = "--revision",
            paramLabel = "N",
            converter = WholeNumber.RevisionNumber.class,
            description = "Use the image and the template of this revision (default: the present).")
    private @Nullable Integer revision;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            description = "Stop an attempt that takes longer (default 1h).")
    private Duration timeout = Duration.ofHours(1);

    @Option(
            names = "--retries",
            paramLabel = "N",
            converter = WholeNumber.RetryCount.class,
            description = "Repeat a failed command up to N times, 0 to 10 (default 0).")
    private int retries;

    @Mixin private OutputOption output;

    private int exitCode;

    @Override
    public void run() {
        var task = api().send("POST", app.path("/tasks"), Api.Body.json(request().toString()));
        var name = task.path("name").asText();
        if (detach) {
            output.print(terminal(), task, () -> terminal().line(name));
            return;
        }
        var ended = follow(name);
        exitCode = code(ended);
        output.print(terminal(), ended, () -> {});
        if (!state(ended).equals("Succeeded")) {
            terminal().aside("task %s: %s".formatted(name, ended.path("reason").asText()));
        }
    }

    private JsonNode request() {
        var request =
                JSON.createObjectNode()
                        .put("timeoutSeconds", Math.max(1, timeout.toSeconds()))
                        .put("retries", retries);
        command.forEach(request.putArray("command")::add);
        if (revision != null) {
            request.put("revision", revision);
        }
        return request;
    }

    /** Prints the lines of the task until it has ended, and returns the ended task. */
    private JsonNode follow(String name) {
        var api = api();
        var next = Instant.EPOCH;
        while (true) {
            try {
                var answer = api.get(path(name, next));
                for (var line : answer.path("lines")) {
                    print(line);
                    next = Instant.parse(line.path("at").asText()).plusNanos(1);
                }
                var task = answer.path("task");
                if (!task.path("endedAt").isNull()) {
                    return task;
                }
            } catch (CommandFailure failure) {
                if (!failure.mayPass()) {
                    throw failure;
                }
                // The task continues without this controller, and the next read shows it.
            }
            pause();
        }
    }

    private String path(String name, Instant next) {
        var query = new LinkedHashMap<String, String>();
        query.put("tail", String.valueOf(MOST_LINES));
        query.put("since", next.toString());
        return app.path("/tasks/" + Api.segment(name) + "/logs" + Api.query(query));
    }

    private void print(JsonNode line) {
        if (!output.forPeople()) {
            return;
        }
        var text = line.path("text").asText();
        if (line.path("stream").asText().equals("stderr")) {
            terminal().aside(text);
        } else {
            terminal().line(text);
        }
    }

    private static int code(JsonNode task) {
        var known = task.path("exitCode").asInt();
        if (state(task).equals("Succeeded")) {
            return Exit.OK.code();
        }
        return known == 0 ? Exit.FAILED.code() : known;
    }

    private static String state(JsonNode task) {
        return task.path("state").asText();
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_READS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", interrupted);
        }
    }

    @Override
    public int getExitCode() {
        return exitCode;
    }
}
