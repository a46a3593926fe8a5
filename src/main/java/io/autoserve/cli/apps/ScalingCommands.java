package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows how many instances an app has and why, and their load. */
public final class ScalingCommands {
    private ScalingCommands() {}

    @Command(
            name = "autoscale",
            header = "Show what the autoscaler decides for an app, and why",
            footer = {
                "%nExamples",
                "  autoserve autoscale web --explain",
                "  autoserve autoscale web --watch"
            })
    public static final class AutoscaleCommand extends ClientCommand {
        private static final long PERIOD_MILLIS = 1000;

        @Mixin private AppArgument app;

        @Option(
                names = "--explain",
                description = "Also show what each metric proposes and which limits apply.")
        private boolean explain;

        @Option(names = "--watch", description = "Show every new decision until Ctrl-C.")
        private boolean watch;

        @Mixin private OutputOption output;

        private boolean silent;

        @Override
        public void run() {
            var first = ask();
            output.print(terminal(), first, () -> page(first));
            var answer = first;
            var shown = answer.path("latest").path("reason").asText("");
            while (watch && rested()) {
                answer = askAgain(answer);
                var latest = answer.path("latest");
                var reason = latest.path("reason").asText("");
                if (!reason.equals(shown)) {
                    shown = reason;
                    output.print(terminal(), answer, () -> decision(latest));
                }
            }
        }

        /** Reads the decisions again. If no controller answers, returns the earlier answer. */
        private JsonNode askAgain(JsonNode before) {
            try {
                var answer = ask();
                silent = false;
                return answer;
            } catch (CommandFailure failure) {
                if (!failure.mayPass()) {
                    throw failure;
                }
                if (!silent) {
                    terminal().aside(failure.text() + "; trying again");
                }
                silent = true;
                return before;
            }
        }

        private JsonNode ask() {
            return api().get(app.path("/scaling"));
        }

        private static boolean rested() {
            try {
                TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
                return true;
            } catch (InterruptedException interrupted) {
                return false;
            }
        }

        private void page(JsonNode answer) {
            var policy = answer.path("policy");
            terminal()
                    .line(
                            "%s  %s, %s"
                                    .formatted(
                                            terminal().paint(Paint.STRONG, app.name()),
                                            HumanUnits.count(
                                                    answer.path("replicas").asInt(), "instance"),
                                            rule(policy)));
            if (!answer.path("latest").isNull()) {
                decision(answer.path("latest"));
            }
            if (!answer.path("changes").isEmpty()) {
                terminal().line("");
                var table = new Table("  ");
                answer.path("changes")
                        .forEach(it ->
                                table.row(
                                        HumanUnits.age(it.path("at").asText(), now()) + " ago",
                                        it.path("reason").asText()));
                table.print(terminal());
            }
        }

        private static String rule(JsonNode policy) {
            return policy.path("mode").asText().equals("auto")
                    ? "%d to %d by load%s"
                            .formatted(
                                    policy.path("minReplicas").asInt(),
                                    policy.path("maxReplicas").asInt(),
                                    policy.path("dryRun").asBoolean() ? " (dry run)" : "")
                    : "scaled manually";
        }

        private void decision(JsonNode decision) {
            terminal().line("  " + decision.path("reason").asText());
            if (!explain) {
                return;
            }
            var table =
                    new Table("    ")
                            .header(
                                    terminal(),
                                    "METRIC",
                                    "VALUE",
                                    "TARGET",
                                    "OF TARGET",
                                    "PROPOSES");
            decision.path("proposals")
                    .forEach(it ->
                            table.row(
                                    it.path("name").asText(it.path("metric").asText()),
                                    number(it.path("value")),
                                    number(it.path("target")),
                                    number(it.path("percent")) + " %",
                                    it.path("replicas").asText("-")));
            table.print(terminal());
            decision.path("caps").forEach(cap -> terminal().line("    capped: " + cap.asText()));
        }
    }

    @Command(
            name = "metrics",
            header = "Show the load of an app and its instances",
            footer = {"%nExamples", "  autoserve metrics web", "  autoserve metrics web -o json"})
    public static final class MetricsCommand extends ClientCommand {
        @Mixin private AppArgument app;

        @Mixin private OutputOption output;

        @Override
        public void run() {
            var answer = api().get(app.path("/metrics"));
            output.print(terminal(), answer, () -> page(answer));
        }

        private void page(JsonNode answer) {
            var table =
                    new Table("")
                            .header(
                                    terminal(),
                                    "NAME",
                                    "REQ/S",
                                    "5XX/S",
                                    "P50 MS",
                                    "P95 MS",
                                    "P99 MS",
                                    "IN FLIGHT",
                                    "CPU %",
                                    "MEMORY %");
            row(table, app.name(), answer.path("now"));
            answer.path("revisions")
                    .properties()
                    .forEach(it -> row(table, "revision " + it.getKey(), it.getValue()));
            answer.path("instances")
                    .properties()
                    .forEach(it -> row(table, it.getKey(), it.getValue()));
            table.print(terminal());
        }

        private static void row(Table table, String of, JsonNode load) {
            table.row(
                    of,
                    number(load.path("requestsPerSecond")),
                    number(load.path("classesPerSecond").path(4)),
                    number(load.path("p50Ms")),
                    number(load.path("p95Ms")),
                    number(load.path("p99Ms")),
                    number(load.path("inFlight")),
                    number(load.path("cpuPercent")),
                    number(load.path("memoryPercent")));
        }
    }

    private static String number(JsonNode value) {
        return value.isNumber()
                ? String.format(
                        Locale.ROOT, value.asDouble() < 100 ? "%.1f" : "%.0f", value.asDouble())
                : "-";
    }
}
