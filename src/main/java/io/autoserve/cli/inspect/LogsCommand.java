package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.EventStream;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "logs",
        header = "Show the logs of an app's instances",
        footer = {
            "%nExamples",
            "  autoserve logs web -n 20",
            "  autoserve logs web -f --grep 'error|timeout'",
            "  autoserve logs web --instance web-2 --since 10m",
            "  autoserve logs web -f -o json | jq -r .text"
        })
public final class LogsCommand extends ClientCommand {
    @Mixin private AppArgument app;

    @Option(
            names = {"-f", "--follow"},
            description = {
                "Keep printing new lines of all instances, including new instances, until Ctrl-C."
                        + " With -o json, each line is one JSON object."
            })
    private boolean follow;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "LINES",
            converter = WholeNumber.Lines.class,
            description =
                    "Show at most this many lines of each instance, 1 to 10000 (default"
                            + " ${DEFAULT-VALUE}).")
    private int tail = 100;

    @Option(
            names = "--instance",
            paramLabel = "NAME",
            description = "Show only this instance, such as web-2.")
    private @Nullable String instance;

    private @Nullable Pattern pattern;

    @Mixin private SinceOption since;
    @Mixin private OutputOption output;

    @Option(
            names = "--grep",
            paramLabel = "PATTERN",
            description = "Show only lines that match this regular expression.")
    void grep(String expression) {
        try {
            pattern = Pattern.compile(expression);
        } catch (PatternSyntaxException wrong) {
            throw new TypeConversionException(
                    "'%s' is not a regular expression: %s"
                            .formatted(expression, wrong.getDescription()));
        }
    }

    @Override
    public void run() {
        var lines = new LogLines(terminal(), pattern);
        if (follow) {
            new EventStream(api(), path("/logs/stream"), terminal())
                    .follow(null, new FollowedLogs(lines, this::print));
            return;
        }
        var answer = api().get(path("/logs"));
        output.print(terminal(), answer, () -> lines.printAll(answer.path("lines")));
    }

    private void print(LogLines lines, JsonNode line) {
        if (output.forPeople()) {
            lines.print(line);
        } else if (lines.matches(line)) {
            terminal().verbatim(line.toString());
        }
    }

    private String path(String what) {
        return app.path(what + Api.query(selection()));
    }

    private Map<String, String> selection() {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("tail", String.valueOf(tail));
        if (instance != null) {
            parameters.put("instance", instance);
        }
        since.moment(now()).ifPresent(moment -> parameters.put("since", moment.toString()));
        return parameters;
    }
}
