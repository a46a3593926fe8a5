package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import java.time.Duration;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "requests",
        header = "Show the last requests of an app and why some failed",
        footer = {
            "%nExamples",
            "  autoserve requests web",
            "  autoserve requests web --status 5xx",
            "  autoserve requests web -f -o json | jq -r .path"
        })
public final class RequestsCommand extends ClientCommand {
    private static final Duration PERIOD = Duration.ofMillis(500);

    @Mixin private AppArgument app;

    @Option(
            names = {"-f", "--follow"},
            description = {
                "Keep printing new requests until Ctrl-C. Of an app with many requests, nginx keeps"
                        + " some in each second only, but nearly all that failed. With -o json, each"
                        + " request is one line."
            })
    private boolean follow;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            description = "Show at most N requests, 1 to 200 (default ${DEFAULT-VALUE}).")
    private int limit = 30;

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            description = "Show only requests with this status, such as 404 or 5xx.")
    private @Nullable String status;

    @Mixin private OutputOption output;

    @Override
    public void run() {
        var lines = new RequestLines(terminal(), clock());
        var answer = api().get(path(limit, null));
        if (!follow) {
            output.print(terminal(), answer, () -> answer.path("requests").forEach(lines::print));
            return;
        }
        var last = print(lines, answer, "0");
        while (!terminal().out().checkError() && pause()) {
            last = print(lines, next(last), last);
        }
    }

    /** Prints the requests, and returns the id of the last one. */
    private String print(RequestLines lines, JsonNode answer, String before) {
        var last = before;
        for (var request : answer.path("requests")) {
            if (output.forPeople()) {
                lines.print(request);
            } else {
                terminal().verbatim(request.toString());
            }
            last = request.path("id").asText();
        }
        return last;
    }

    /** Returns newer requests, and none while no controller answers. */
    private JsonNode next(String last) {
        try {
            return api().get(path(200, last));
        } catch (CommandFailure failure) {
            if (!failure.mayPass() || Thread.currentThread().isInterrupted()) {
                throw failure;
            }
            return MissingNode.getInstance();
        }
    }

    private String path(int most, @Nullable String after) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("limit", String.valueOf(most));
        if (status != null) {
            parameters.put("status", status);
        }
        if (after != null) {
            parameters.put("after", after);
        }
        return app.path("/requests" + Api.query(parameters));
    }

    /** Waits for the next look. Returns false if the command should end. */
    private static boolean pause() {
        try {
            Thread.sleep(PERIOD);
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
