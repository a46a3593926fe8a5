package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.EventStream;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.terminal.Paint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
        name = "events",
        header = "Show what happened and why, oldest first",
        description = {
            "Events that follow each other within a minute and differ only in their instances"
                    + " share a line, with the time of the first one."
        },
        footer = {
            "%nExamples",
            "  autoserve events --app web --since 1h",
            "  autoserve events -f",
            "  autoserve events --since 30d --export > audit.jsonl"
        })
public final class EventsCommand extends ClientCommand {
    private static final int PAGE = 1000;

    @Option(
            names = "--app",
            paramLabel = "NAME",
            description = "Show only events of this app.",
            completionCandidates = AppNames.class)
    private @Nullable AppName app;

    @Option(
            names = "--actor",
            paramLabel = "NAME",
            description =
                    "Show only events of this actor: the name of a token or a controller, or"
                            + " 'autoscaler'.")
    private @Nullable String actor;

    @Option(
            names = "--export",
            description =
                    "Print all selected events for an audit, each as one line of JSON. Ignores -n.")
    private boolean export;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            converter = WholeNumber.PageSize.class,
            description = "Show at most N events, 1 to 1000 (default ${DEFAULT-VALUE}).")
    private int limit = 30;

    @Option(
            names = {"-f", "--follow"},
            description =
                    "Keep printing new events until Ctrl-C. With -o json, each event is one line.")
    private boolean follow;

    @Option(names = "--each", description = "Print each event on a line of its own.")
    private boolean each;

    @Mixin private SinceOption since;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        if (export && follow) {
            throw new ParameterException(
                    commandLine(),
                    "--export prints past events and ends: use -f -o json to follow new events");
        }
        if (export) {
            exportAll();
            return;
        }
        var answer = api().get("/api/v1/events" + Api.query(selection()));
        var events = answer.path("events");
        var lines = new EventLines(terminal(), clock());
        if (!follow) {
            output.print(
                    terminal(),
                    answer,
                    each ? () -> lines.printAll(events) : () -> lines.printGrouped(events));
            if (output.forPeople() && events.size() == limit) {
                thereMayBeMore();
            }
            if (events.isEmpty() && app != null) {
                terminal()
                        .aside(
                                "There are no matching events of an app '%s'."
                                        .formatted(app.text()));
            }
            return;
        }
        Consumer<JsonNode> print =
                event -> {
                    if (output.forPeople()) {
                        lines.print(event);
                    } else {
                        terminal().verbatim(event.toString());
                    }
                };
        events.forEach(print);
        var last = events.isEmpty() ? null : id(events.get(events.size() - 1));
        new EventStream(api(), "/api/v1/events/stream" + Api.query(about()), terminal())
                .follow(last, (_, event) -> print.accept(event));
    }

    private void thereMayBeMore() {
        var note =
                ("These are the latest %d events; there may be more. Use -n N to show more, or"
                                + " --export for all.")
                        .formatted(limit);
        terminal().aside(terminal().paint(Paint.FAINT, note));
    }

    private void exportAll() {
        var parameters = selection();
        parameters.put("limit", String.valueOf(PAGE));
        parameters.put("after", "0");
        JsonNode page;
        do {
            page = api().get("/api/v1/events" + Api.query(parameters)).path("events");
            for (var event : page) {
                terminal().verbatim(event.toString());
                parameters.put("after", event.path("seq").asText());
            }
        } while (page.size() == PAGE);
    }

    private Map<String, String> selection() {
        var parameters = about();
        parameters.put("limit", String.valueOf(limit));
        since.moment(now()).ifPresent(moment -> parameters.put("since", moment.toString()));
        return parameters;
    }

    private Map<String, String> about() {
        var parameters = new LinkedHashMap<String, String>();
        if (app != null) {
            parameters.put("app", app.text());
        }
        if (actor != null) {
            parameters.put("actor", actor);
        }
        return parameters;
    }

    private static String id(JsonNode event) {
        return event.path("timeline").asText() + "-" + event.path("seq").asText();
    }
}
