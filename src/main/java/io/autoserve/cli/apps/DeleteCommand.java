package io.autoserve.cli.apps;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CollectedFailures;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.cli.wait.AppWait.Reached;
import io.autoserve.cli.wait.AppWait.WaitFailed;
import io.autoserve.cli.wait.AppsWait.EndedWait;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "delete",
        header = "Drain and delete apps and everything that belongs to them",
        description = {
            "With several apps, --wait waits for all of them at once, and one app that fails does"
                    + " not keep the others from being deleted. -o json and -o yaml then print one"
                    + " list with the controller's answers."
        },
        footer = {
            "%nExamples",
            "  autoserve delete web --yes --wait",
            "  autoserve delete web api worker"
        })
public final class DeleteCommand extends ClientCommand {
    @Parameters(
            arity = "1..*",
            paramLabel = "NAME",
            description = "The apps to delete.",
            completionCandidates = AppNames.class)
    private List<String> typed = new ArrayList<>();

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask for confirmation.")
    private boolean sure;

    @Mixin private WaitOptions waiting;
    @Mixin private OutputOption output;

    @Override
    public void run() {
        var names = AppName.all(commandLine(), typed);
        if (!sure) {
            confirm(names);
        }
        if (names.size() == 1) {
            var name = names.getFirst();
            settle(api().delete(name.path("")), output, waiting, Goal.GONE, begun(name));
        } else {
            deleteAll(names);
        }
    }

    private void confirm(List<AppName> names) {
        var all = names.stream().map(AppName::text).collect(joining(", "));
        if (!terminal().answers()) {
            throw CommandFailure.of(
                    Exit.USAGE,
                    "without a terminal nobody can confirm this: use --yes to delete " + all);
        }
        var question =
                "Delete %s and everything that belongs to %s?"
                        .formatted(all, names.size() == 1 ? "it" : "them");
        if (!terminal().confirms(question)) {
            throw CommandFailure.of(
                    Exit.FAILED, all + (names.size() == 1 ? " was" : " were") + " not deleted");
        }
    }

    private void deleteAll(List<AppName> names) {
        var api = api();
        var people = output.forPeople() ? terminal() : terminal().silenced();
        var failures = new CollectedFailures();
        var answers = new ArrayList<JsonNode>();
        for (var name : names) {
            failures.attempt(
                    name.text(),
                    () -> {
                        answers.add(api.delete(name.path("")));
                        people.line(begun(name));
                    });
        }
        output.print(terminal(), JsonNodeFactory.instance.arrayNode().addAll(answers), () -> {});
        waiting.awaitAll(api, people, answers.stream().map(AppView::of).toList(), Goal.GONE)
                .forEach((name, ended) -> report(people, name, ended, failures));
        failures.throwAny(
                "%d of %d apps were not deleted".formatted(failures.count(), names.size()));
    }

    private static void report(
            Terminal people, String name, EndedWait ended, CollectedFailures failures) {
        switch (ended.ending()) {
            case Reached _ ->
                    people.line(
                            "%s %s: %s %s"
                                    .formatted(
                                            people.paint(Paint.GOOD, "✓"),
                                            name,
                                            Goal.GONE.word(),
                                            people.paint(
                                                    Paint.FAINT,
                                                    "("
                                                            + HumanUnits.seconds(ended.after())
                                                            + ")")));
            case WaitFailed failed -> failures.add("", failed.failure());
        }
    }

    private static String begun(AppName name) {
        return name.text() + " is being deleted";
    }
}
