package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.EventStream;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
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
        header = "What an app's instances wrote, or are writing",
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
                "Go on with what is written, by all instances that there are and that come, until"
                        + " Ctrl-C. With -o json: one line each."
            })
    private boolean follow;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "LINES",
            description = "At most so many of each instance (default ${DEFAULT-VALUE}).")
    private int tail = 100;

    @Option(names = "--instance", paramLabel = "NAME", description = "Only this one, like web-2.")
    private @Nullable String instance;

    private @Nullable Pattern wanted;

    @Mixin private SinceOption since;
    @Mixin private OutputOption output;

    @Option(
            names = "--grep",
            paramLabel = "PATTERN",
            description = "Only lines in which this regular expression is found.")
    void grep(String expression) {
        try {
            wanted = Pattern.compile(expression);
        } catch (PatternSyntaxException wrong) {
            throw new TypeConversionException(
                    "'%s' is no regular expression: %s"
                            .formatted(expression, wrong.getDescription()));
        }
    }

    @Override
    public void run() {
        var lines = new LogLines(terminal(), wanted);
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
        } else if (lines.wanted(line)) {
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
