package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.RevisionEvent;
import io.autoserve.cli.command.AppArgument;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.command.WholeNumber;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import io.autoserve.cli.wait.Goal;
import io.autoserve.cli.wait.WaitOptions;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows, pauses, resumes and rolls back rollouts. */
@Command(
        name = "rollout",
        header = "Show, pause, resume or roll back a rollout",
        subcommands = {
            RolloutCommand.RolloutStatusCommand.class,
            RolloutCommand.HistoryCommand.class,
            RolloutCommand.PauseCommand.class,
            RolloutCommand.ResumeCommand.class,
            RolloutCommand.UndoCommand.class
        },
        synopsisSubcommandLabel = "status|history|pause|resume|undo",
        footer = {
            "%nExamples",
            "  autoserve rollout status web",
            "  autoserve rollout undo web --to 3 --wait"
        })
public final class RolloutCommand {
    abstract static class AppRolloutCommand extends ClientCommand {
        @Mixin private AppArgument app;

        @Mixin private OutputOption output;

        String name() {
            return app.name();
        }

        OutputOption output() {
            return output;
        }

        String path(String below) {
            return app.path(below);
        }

        JsonNode ask(String below) {
            return api().get(path(below));
        }

        void show(JsonNode answer, String message) {
            output.print(terminal(), answer, () -> terminal().line(message));
        }
    }

    @Command(
            name = "status",
            header = "Show the progress of a rollout",
            footer = {"%nExample", "  autoserve rollout status web"})
    static final class RolloutStatusCommand extends AppRolloutCommand {
        @Override
        public void run() {
            var answer = ask("/rollout");
            output().print(terminal(), answer, () -> page(answer));
        }

        private void page(JsonNode answer) {
            var rollout = answer.path("rollout");
            var name = terminal().paint(Paint.STRONG, name());
            if (rollout.isNull()) {
                var revision = answer.path("revision").asInt();
                terminal()
                        .line("%s  revision %d, no rollout in progress".formatted(name, revision));
                RevisionEvent.of(api(), name(), revision)
                        .filter(RevisionEvent::rolledBack)
                        .ifPresent(event -> failed(revision - 1, event));
                return;
            }
            terminal()
                    .line(
                            "%s  revision %d → %d  %s%s"
                                    .formatted(
                                            name,
                                            rollout.path("from").asInt(),
                                            rollout.path("to").asInt(),
                                            phase(rollout),
                                            rollout.path("paused").asBoolean()
                                                    ? terminal().paint(Paint.BAD, "  paused")
                                                    : ""));
            new Table("  ")
                    .row(label("ready"), ready(rollout))
                    .row(label("last step"), rollout.path("reason").asText())
                    .row(
                            label("started"),
                            HumanUnits.age(rollout.path("startedAt").asText(), now()) + " ago")
                    .print(terminal());
        }

        private void failed(int revision, RevisionEvent event) {
            terminal()
                    .line(
                            "  revision %d failed %s ago and was rolled back: %s"
                                    .formatted(
                                            revision,
                                            HumanUnits.age(event.at(), now()),
                                            event.reason()));
        }

        private static String ready(JsonNode rollout) {
            return "%d of %d new instances, %d old instances left"
                    .formatted(
                            rollout.path("ready").asInt(),
                            rollout.path("wanted").asInt(),
                            rollout.path("old").asInt());
        }

        private static String phase(JsonNode rollout) {
            return switch (rollout.path("phase").asText()) {
                case "Canary" ->
                        "canary: %d %% of traffic, step %d of %d"
                                .formatted(
                                        rollout.path("weight").asInt(),
                                        rollout.path("step").asInt() + 1,
                                        rollout.path("steps").asInt());
                case "Preparing" -> "preparing: the new revision gets no traffic yet";
                case "Watching" ->
                        "watching: the new revision gets all traffic, and is still rolled back"
                                + " if it fails";
                default -> "replacing the old instances";
            };
        }

        private String label(String text) {
            return terminal().paint(Paint.FAINT, text);
        }
    }

    @Command(
            name = "history",
            header = "List the revisions that you can roll back to",
            description = {
                "A revision has served if its rollout completed or, without a rollout, if an instance became ready."
            },
            footer = {"%nExample", "  autoserve rollout history web"})
    static final class HistoryCommand extends AppRolloutCommand {
        @Override
        public void run() {
            var answer = ask("/revisions");
            output().print(terminal(), answer, () -> table(answer.path("revisions")));
        }

        private void table(JsonNode revisions) {
            var table = new Table("").header(terminal(), "REVISION", "IMAGE", "BY", "AGE", "");
            for (var revision : revisions) {
                table.row(
                        String.valueOf(revision.path("revision").asInt()),
                        revision.path("image").asText(),
                        revision.path("actor").asText(),
                        HumanUnits.age(revision.path("createdAt").asText(), now()),
                        note(revision));
            }
            table.print(terminal());
        }

        private static String note(JsonNode revision) {
            if (revision.path("current").asBoolean()) {
                return "current";
            }
            var containers = revision.path("containersOf").asInt();
            if (containers != revision.path("revision").asInt()) {
                return "containers of revision " + containers;
            }
            return revision.path("served").asBoolean(true) ? "" : "has not served";
        }
    }

    @Command(
            name = "pause",
            header = "Pause a rollout",
            footer = {"%nExample", "  autoserve rollout pause web"})
    static final class PauseCommand extends AppRolloutCommand {
        @Override
        public void run() {
            show(
                    api().post(path("/rollout/pause")),
                    ("the rollout of %s is paused: run 'autoserve rollout resume %s' to continue"
                                    + " or 'autoserve rollout undo %s' to roll back")
                            .formatted(name(), name(), name()));
        }
    }

    @Command(
            name = "resume",
            header = "Resume a paused rollout",
            footer = {"%nExample", "  autoserve rollout resume web"})
    static final class ResumeCommand extends AppRolloutCommand {
        @Override
        public void run() {
            show(
                    api().post(path("/rollout/resume")),
                    "the rollout of %s continues".formatted(name()));
        }
    }

    @Command(
            name = "undo",
            header = "Roll back to an earlier revision",
            description = "The same as 'autoserve rollback'.",
            footer = {
                "%nExamples",
                "  autoserve rollout undo web",
                "  autoserve rollout undo web --to 3 --wait"
            })
    static final class UndoCommand extends ReturnCommand {}

    @Command(
            name = "rollback",
            header = "Roll back an app to an earlier revision",
            description = "'autoserve rollout history' lists the revisions.",
            footer = {
                "%nExamples",
                "  autoserve rollback web --wait",
                "  autoserve rollback web --to 3"
            })
    public static final class RollbackCommand extends ReturnCommand {}

    /** Rolls back to an earlier revision. */
    abstract static class ReturnCommand extends AppRolloutCommand {
        @Option(
                names = "--to",
                paramLabel = "REVISION",
                converter = WholeNumber.RevisionNumber.class,
                description =
                        "The revision to return to (default: the newest revision that completed its"
                                + " rollout, other than the current one; during a rollout, the"
                                + " revision that it replaces).")
        private @Nullable Integer to;

        @Mixin private WaitOptions waiting;

        @Override
        public void run() {
            var query = to == null ? "" : Api.query(Map.of("to", String.valueOf(to)));
            var answer = api().post(path("/rollout/undo" + query));
            settle(
                    answer,
                    output(),
                    waiting,
                    Goal.SERVING,
                    output().forPeople() ? message(answer.path("revision").asInt()) : "");
        }

        /** The event of the new revision says which revision it restores. */
        private String message(int revision) {
            return event(revision)
                    .map(event -> "%s is rolled back: %s".formatted(name(), event.reason()))
                    .orElseGet(() ->
                            "%s is rolled back; this made revision %d".formatted(name(), revision));
        }

        /** Returns empty if the event cannot be read, because the rollback has succeeded anyway. */
        private Optional<RevisionEvent> event(int revision) {
            try {
                return RevisionEvent.of(api(), name(), revision);
            } catch (CommandFailure unread) {
                return Optional.empty();
            }
        }
    }
}
