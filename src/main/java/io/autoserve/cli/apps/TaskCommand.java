package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Table;
import io.autoserve.model.PlainText;
import java.util.ArrayList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists, reads and cancels the tasks of an app. */
@Command(
        name = "task",
        aliases = "tasks",
        header = "Show and cancel tasks, which are commands that run to their end",
        description = {"'autoserve run' starts a task."},
        subcommands = {
            TaskCommand.ListTasksCommand.class,
            TaskCommand.TaskLogsCommand.class,
            TaskCommand.CancelCommand.class
        },
        synopsisSubcommandLabel = "list|logs|cancel",
        footer = {
            "%nExamples",
            "  autoserve task list web",
            "  autoserve task logs web 0f3kq9vs",
            "  autoserve task cancel web 0f3kq9vs"
        })
public final class TaskCommand {

    abstract static class AppTasksCommand extends PartOfAppCommand {
        AppTasksCommand() {
            super("/tasks");
        }
    }

    abstract static class OneTaskCommand extends AppTasksCommand {
        @Parameters(
                index = "1",
                paramLabel = "TASK",
                description = "The task, as 'task list' shows it.")
        private String task;

        String task() {
            return task;
        }

        String taskPath(String below) {
            return path("/" + Api.segment(task) + below);
        }
    }

    @Command(name = "list", header = "List the tasks of an app, newest first")
    static final class ListTasksCommand extends AppTasksCommand {
        /** The columns of a result, so that a long reason leaves room for the command. */
        private static final int MOST_RESULT = 40;

        @Override
        public void run() {
            var answer = api().get(path(""));
            print(answer, () -> table(answer).print(terminal()));
        }

        private Table table(JsonNode answer) {
            var table =
                    new Table("")
                            .header(terminal(), "TASK", "STATE", "RESULT", "AGE", "BY", "COMMAND");
            for (var task : answer.path("tasks")) {
                table.row(
                        task.path("name").asText(),
                        task.path("state").asText(),
                        result(task),
                        HumanUnits.age(task.path("createdAt").asText(), now()),
                        task.path("actor").asText(),
                        command(task));
            }
            return table;
        }

        /**
         * Returns the exit code of the last attempt that ended. If it has none, for example because
         * of the time limit, returns the reason instead.
         */
        private static String result(JsonNode task) {
            var exitCode = task.path("exitCode");
            var succeeded = task.path("state").asText().equals("Succeeded");
            if (exitCode.isInt() && (succeeded || exitCode.asInt() != 0)) {
                return "exit code " + exitCode.asInt();
            }
            var over = task.path("endedAt").isTextual() || task.path("retryAt").isTextual();
            return over ? PlainText.cut(cause(task.path("reason").asText()), MOST_RESULT) : "-";
        }

        private static String cause(String reason) {
            var output = reason.indexOf("; last output: ");
            return output < 0 ? reason : reason.substring(0, output);
        }

        private static String command(JsonNode task) {
            var words = new ArrayList<String>();
            task.path("command").forEach(word -> words.add(word.asText()));
            return String.join(" ", words);
        }
    }

    @Command(name = "logs", header = "Show what a task wrote")
    static final class TaskLogsCommand extends OneTaskCommand {
        @Override
        public void run() {
            var answer = api().get(taskPath("/logs"));
            print(
                    answer,
                    () ->
                            answer.path("lines")
                                    .forEach(line -> terminal().line(line.path("text").asText())));
        }
    }

    @Command(name = "cancel", header = "Stop a task, or drop it if it has not started")
    static final class CancelCommand extends OneTaskCommand {
        @Override
        public void run() {
            var answer = api().delete(taskPath(""));
            print(
                    answer,
                    () ->
                            terminal()
                                    .line(
                                            answer.path("endedAt").isNull()
                                                    ? "task %s is being cancelled".formatted(task())
                                                    : "task %s has ended already: %s"
                                                            .formatted(
                                                                    task(),
                                                                    answer.path("reason")
                                                                            .asText())));
        }
    }
}
