package io.autoserve.cli.inspect;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "audit",
        header = "Show who did what, from where, and what was refused",
        description =
                "Lists permitted changes, logins, exec and port-forward sessions, and refused"
                        + " requests, oldest first. Needs a token with the role admin.",
        footer = {
            "%nExamples",
            "  autoserve audit --since 1d --refused",
            "  autoserve audit --actor ci --app web",
            "  autoserve audit --export > audit.jsonl"
        })
public final class AuditCommand extends ClientCommand {
    private static final int PAGE = 1000;

    @Option(
            names = "--app",
            paramLabel = "NAME",
            description = "Show only entries about this app.",
            completionCandidates = AppNames.class)
    private @Nullable AppName app;

    @Option(
            names = "--actor",
            paramLabel = "NAME",
            description = "Show only entries of this actor, which is the name of a token.")
    private @Nullable String actor;

    @Option(names = "--refused", description = "Show only what was refused.")
    private boolean refused;

    @Option(
            names = "--export",
            description = "Print all selected entries, each as one line of JSON. Ignores -n.")
    private boolean export;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            converter = WholeNumber.PageSize.class,
            description = "Show at most N entries, 1 to 1000 (default ${DEFAULT-VALUE}).")
    private int limit = 30;

    @Mixin private SinceOption since;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        if (export) {
            exportAll();
            return;
        }
        var parameters = selection();
        parameters.put("limit", String.valueOf(limit));
        var answer = page(parameters);
        output.print(terminal(), answer, () -> table(answer.path("entries")));
    }

    private void exportAll() {
        var parameters = selection();
        parameters.put("limit", String.valueOf(PAGE));
        parameters.put("after", "0");
        JsonNode entries;
        do {
            entries = page(parameters).path("entries");
            for (var entry : entries) {
                terminal().verbatim(entry.toString());
                parameters.put("after", entry.path("id").asText());
            }
        } while (entries.size() == PAGE);
    }

    private JsonNode page(Map<String, String> parameters) {
        return api().get("/api/v1/audit" + Api.query(parameters));
    }

    private Map<String, String> selection() {
        var parameters = new LinkedHashMap<String, String>();
        if (app != null) {
            parameters.put("app", app.text());
        }
        if (actor != null) {
            parameters.put("actor", actor);
        }
        if (refused) {
            parameters.put("outcome", "refused");
        }
        since.moment(now()).ifPresent(moment -> parameters.put("since", moment.toString()));
        return parameters;
    }

    /** Refusals are stored up to a few seconds later than changes, and so have higher ids. */
    private static List<JsonNode> byTime(JsonNode entries) {
        return StreamSupport.stream(entries.spliterator(), false)
                .sorted(comparing(entry -> Instant.parse(entry.path("at").asText())))
                .toList();
    }

    private void table(JsonNode entries) {
        var table =
                new Table("")
                        .header(
                                terminal(),
                                "TIME",
                                "ACTOR",
                                "FROM",
                                "ACTION",
                                "APP",
                                "TIMES",
                                "OUTCOME",
                                "REASON");
        for (var entry : byTime(entries)) {
            var outcome = entry.path("outcome").asText();
            table.row(
                    entry.path("at").asText(),
                    entry.path("actor").asText("-"),
                    entry.path("address").asText("-"),
                    entry.path("action").asText(),
                    entry.path("app").asText("-"),
                    entry.path("times").asText(),
                    outcome.equals("refused") ? terminal().paint(Paint.BAD, outcome) : outcome,
                    entry.path("reason").asText());
        }
        table.print(terminal());
    }
}
