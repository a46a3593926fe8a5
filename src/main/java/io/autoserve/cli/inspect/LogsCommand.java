package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.EventStream;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.exit.CollectedFailures;
import io.autoserve.cli.exit.CommandFailure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "logs",
        header = "Show the logs of one app, several apps or all apps",
        description = {
            "The lines of several apps are shown in the order of their times. With -f and without a"
                    + " name, apps that are created later are included."
        },
        footer = {
            "%nExamples",
            "  autoserve logs -f",
            "  autoserve logs web api -n 20",
            "  autoserve logs web -f --grep 'error|timeout'",
            "  autoserve logs web --instance web-2 --since 10m",
            "  autoserve logs web --previous",
            "  autoserve logs web -f -o json | jq -r .text"
        })
public final class LogsCommand extends ClientCommand {
    private static final String APPS = "/api/v1/apps";
    private static final int MOST_LINES = 10_000;

    @Parameters(
            arity = "0..*",
            paramLabel = "NAME",
            description = "The apps. Without a name, the logs of all apps are shown.",
            completionCandidates = AppNames.class)
    private List<String> typed = new ArrayList<>();

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
            converter = WholeNumber.LineCount.class,
            description =
                    "Show at most this many lines of each instance, 0 to 10000 (default"
                            + " ${DEFAULT-VALUE}).")
    private int tail = 100;

    @Option(
            names = "--instance",
            paramLabel = "NAME",
            description = "Show only this instance, such as web-2.")
    private @Nullable String instance;

    @Option(
            names = {"-p", "--previous"},
            description =
                    "Show what each instance had written when it last failed, at most 500 lines and"
                            + " 32 KiB.")
    private boolean previous;

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
        var named = AppName.all(commandLine(), typed);
        if (instance != null && named.size() != 1) {
            throw new ParameterException(
                    commandLine(), "--instance is for one app: name the app of " + instance);
        }
        if (previous && follow) {
            throw new ParameterException(commandLine(), "use either --previous or --follow");
        }
        var api = api();
        var lines = new LogLines(terminal(), pattern);
        if (follow && named.isEmpty()) {
            followEvery(api, lines);
            return;
        }
        var names = named.isEmpty() ? names(api.get(APPS)) : named;
        if (follow) {
            followAll(api, names, lines);
        } else if (names.size() == 1) {
            var answer = api.get(path(names.getFirst(), "/logs", tail));
            output.print(terminal(), answer, () -> lines.printAll(answer.path("lines")));
        } else {
            printAll(api, names, lines);
        }
    }

    private List<AppName> names(JsonNode listed) {
        var names = new ArrayList<AppName>();
        listed.path("apps").forEach(app -> names.add(AppName.of(app.path("name").asText())));
        if (names.isEmpty()) {
            terminal().aside("There are no apps yet, so there are no logs.");
        }
        return names;
    }

    private void printAll(Api api, List<AppName> names, LogLines lines) {
        var failures = new CollectedFailures();
        var found = new ArrayList<JsonNode>();
        for (var name : names) {
            failures.attempt(
                    name.text(),
                    () -> api.get(path(name, "/logs", tail)).path("lines").forEach(found::add));
        }
        found.sort(Comparator.comparing(LogsCommand::time));
        var answer = JsonNodeFactory.instance.objectNode();
        answer.putArray("lines").addAll(found);
        output.print(terminal(), answer, () -> lines.printAll(answer.path("lines")));
        failures.throwAny(
                "the logs of %d of %d apps cannot be read"
                        .formatted(failures.count(), names.size()));
    }

    private static Instant time(JsonNode line) {
        return Instant.parse(line.path("at").asText());
    }

    /** Follows all apps. An app that is created later is shown from its first line on. */
    private void followEvery(Api api, LogLines lines) {
        var listed = api.get(APPS);
        new FollowedApps(terminal(), app -> follow(api, app, lines, MOST_LINES))
                .follow(
                        api,
                        names(listed),
                        listed.path("seq").asText(null),
                        app -> follow(api, app, lines, tail));
    }

    /**
     * Follows one of many apps. They may be followed for hours, so its failure is shown at once.
     */
    private void follow(Api api, AppName name, LogLines lines, int past) {
        try {
            followOne(api, name, lines, past);
        } catch (CommandFailure failure) {
            terminal().aside("%s: %s".formatted(name.text(), failure.text()));
        }
    }

    private void followAll(Api api, List<AppName> names, LogLines lines) {
        if (names.size() == 1) {
            followOne(api, names.getFirst(), lines, tail);
            return;
        }
        var failures = new CollectedFailures();
        try (var streams = Executors.newVirtualThreadPerTaskExecutor()) { // waits for all of them
            names.forEach(name -> streams.execute(() -> follow(api, name, lines, failures)));
        }
        failures.throwAny(
                "the logs of %d of %d apps cannot be followed"
                        .formatted(failures.count(), names.size()));
    }

    private void follow(Api api, AppName name, LogLines lines, CollectedFailures failures) {
        try {
            followOne(api, name, lines, tail);
        } catch (CommandFailure failure) {
            // the other apps may be followed for hours until the failures are reported
            terminal().aside("%s: %s".formatted(name.text(), failure.text()));
            synchronized (failures) {
                failures.add(name.text(), failure);
            }
        }
    }

    private void followOne(Api api, AppName name, LogLines lines, int past) {
        new EventStream(api, path(name, "/logs/stream", past), terminal())
                .follow(null, new FollowedLogs(lines, this::print));
    }

    private void print(LogLines lines, JsonNode line) {
        if (output.forPeople()) {
            lines.print(line);
        } else if (lines.matches(line)) {
            terminal().verbatim(line.toString());
        }
    }

    /**
     * @param past maximum number of past lines of each instance
     */
    private String path(AppName name, String what, int past) {
        return name.path(what + Api.query(selection(past)));
    }

    private Map<String, String> selection(int past) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("tail", String.valueOf(past));
        if (instance != null) {
            parameters.put("instance", instance);
        }
        if (previous) {
            parameters.put("previous", "true");
        }
        since.moment(now()).ifPresent(moment -> parameters.put("since", moment.toString()));
        return parameters;
    }
}
