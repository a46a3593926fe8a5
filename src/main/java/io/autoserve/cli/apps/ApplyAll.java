package io.autoserve.cli.apps;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.exit.CollectedFailures;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.cli.wait.AppWait.Reached;
import io.autoserve.cli.wait.AppWait.WaitFailed;
import io.autoserve.cli.wait.AppsWait.EndedWait;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Applies several specs. The controller checks all of them before the first one is applied. After
 * that, if one app fails, the others are still applied, and the command still waits for them.
 */
final class ApplyAll {
    private final Api api;
    private final Terminal terminal;
    private final OutputOption output;
    private final WaitOptions waiting;

    ApplyAll(Api api, Terminal terminal, OutputOption output, WaitOptions waiting) {
        this.api = api;
        this.terminal = terminal;
        this.output = output;
        this.waiting = waiting;
    }

    private sealed interface Attempt {
        SpecFile spec();

        record Applied(SpecFile spec, JsonNode answer) implements Attempt {
            AppView app() {
                return AppView.of(answer);
            }
        }

        record NotApplied(SpecFile spec, CommandFailure failure) implements Attempt {}
    }

    void run(List<SpecFile> specs) {
        requireAll(specs);
        var attempts = specs.stream().map(this::attempt).toList();
        if (!waiting.enabled() || !output.forPeople()) {
            output.print(terminal, answers(attempts), () -> table(attempts).print(terminal));
        }
        var people = output.forPeople() ? terminal : terminal.silenced();
        var asked = applied(attempts).map(Attempt.Applied::app).toList();
        var endings = waiting.awaitAll(api, people, asked, Goal.SERVING);
        if (waiting.enabled()) {
            table(attempts, endings).print(people);
        }
        requireDone(attempts, endings);
    }

    /**
     * Checks all specs by dry runs on the controller, since only the controller knows which options
     * this installation permits.
     */
    private void requireAll(List<SpecFile> specs) {
        var errors = new ArrayList<String>();
        var readable = specs.stream().filter(spec -> readable(spec, errors)).toList();
        errors.addAll(twice(readable).values());
        for (var spec : readable) {
            try {
                ApplyCommand.apply(api, spec, "?dryRun=true");
            } catch (CommandFailure failure) {
                if (failure.mayPass()) {
                    throw failure;
                }
                errors.addAll(
                        failure.details().isEmpty()
                                ? List.of(spec.place() + "  " + failure.text())
                                : failure.details());
            }
        }
        if (!errors.isEmpty()) {
            throw CommandFailure.of(
                    Exit.REFUSED,
                    "%s in %d specs: nothing was applied"
                            .formatted(HumanUnits.count(errors.size(), "error"), specs.size()),
                    errors);
        }
    }

    /** Returns whether the text is YAML, and adds an error to the list if it is not. */
    private static boolean readable(SpecFile spec, List<String> errors) {
        try {
            spec.name();
            return true;
        } catch (CommandFailure failure) {
            errors.add(failure.text());
            return false;
        }
    }

    /** Returns the error of each spec whose app an earlier spec has too. */
    static Map<SpecFile, String> twice(List<SpecFile> specs) {
        var sources = new HashMap<String, String>();
        var errors = new LinkedHashMap<SpecFile, String>();
        for (var spec : specs) {
            var app = spec.app();
            var other = sources.putIfAbsent(app, spec.place());
            if (other != null && !app.isEmpty()) {
                errors.put(spec, "%s  %s is also in %s".formatted(spec.place(), app, other));
            }
        }
        return errors;
    }

    private Attempt attempt(SpecFile spec) {
        try {
            return new Attempt.Applied(spec, ApplyCommand.apply(api, spec, ""));
        } catch (CommandFailure failure) {
            return new Attempt.NotApplied(spec, failure);
        }
    }

    private static Stream<Attempt.Applied> applied(List<Attempt> attempts) {
        return attempts.stream()
                .filter(Attempt.Applied.class::isInstance)
                .map(Attempt.Applied.class::cast);
    }

    private static ArrayNode answers(List<Attempt> attempts) {
        var answers = JsonNodeFactory.instance.arrayNode();
        applied(attempts).forEach(it -> answers.add(it.answer()));
        return answers;
    }

    private Table table(List<Attempt> attempts) {
        var table = new Table("");
        for (var attempt : attempts) {
            var source = terminal.paint(Paint.FAINT, attempt.spec().place());
            switch (attempt) {
                case Attempt.Applied it ->
                        table.row(
                                good(it.spec()),
                                ApplyCommand.word(it.answer()),
                                "revision " + it.app().revision(),
                                source);
                case Attempt.NotApplied it -> table.row(bad(it.spec()), "not applied", "-", source);
            }
        }
        return table;
    }

    private Table table(List<Attempt> attempts, Map<String, EndedWait> endings) {
        var table = new Table("");
        for (var attempt : attempts) {
            switch (attempt) {
                case Attempt.Applied it -> row(table, it, ended(it, endings));
                case Attempt.NotApplied(var spec, var failure) ->
                        table.row(bad(spec), "not applied", "-", failure.text());
            }
        }
        return table;
    }

    private void row(Table table, Attempt.Applied applied, EndedWait ended) {
        var revision =
                "revision %d, %s"
                        .formatted(applied.app().revision(), ApplyCommand.word(applied.answer()));
        switch (ended.ending()) {
            case Reached _ ->
                    table.row(
                            good(applied.spec()),
                            Goal.SERVING.word(),
                            revision,
                            HumanUnits.seconds(ended.after()));
            case WaitFailed(var outcome, var reason, _) ->
                    table.row(bad(applied.spec()), outcome, revision, reason);
        }
    }

    private static EndedWait ended(Attempt.Applied applied, Map<String, EndedWait> endings) {
        return requireNonNull(endings.get(applied.app().name()));
    }

    private String good(SpecFile spec) {
        return terminal.paint(Paint.GOOD, "✓") + " " + spec.name();
    }

    private String bad(SpecFile spec) {
        return terminal.paint(Paint.BAD, "✗") + " " + spec.name();
    }

    private void requireDone(List<Attempt> attempts, Map<String, EndedWait> endings) {
        var failures = new CollectedFailures();
        attempts.stream().flatMap(it -> failure(it, endings)).forEach(it -> failures.add("", it));
        failures.throwAny("%d of %d apps failed".formatted(failures.count(), attempts.size()));
    }

    private static Stream<CommandFailure> failure(Attempt attempt, Map<String, EndedWait> endings) {
        return switch (attempt) {
            case Attempt.NotApplied(var spec, var failure) ->
                    Stream.of(
                            CommandFailure.of(
                                    Exit.FAILED,
                                    "%s was not applied: %s. Fix the cause, then apply %s again."
                                            .formatted(spec.name(), failure.text(), spec.place()),
                                    failure));
            case Attempt.Applied it ->
                    Stream.ofNullable(endings.get(it.app().name()))
                            .map(EndedWait::ending)
                            .flatMap(ending ->
                                    switch (ending) {
                                        case Reached _ -> Stream.empty();
                                        case WaitFailed failed -> Stream.of(failed.failure());
                                    });
        };
    }
}
