package io.autoserve.cli.apps;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.terminal.Table;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists, runs, suspends and resumes the schedules of an app. */
@Command(
        name = "schedule",
        header = "Show, run, suspend or resume the schedules of an app",
        description = {"'schedules' in the spec of an app defines them."},
        subcommands = {
            ScheduleCommand.ListSchedulesCommand.class,
            ScheduleCommand.RunScheduleCommand.class,
            ScheduleCommand.SuspendCommand.class,
            ScheduleCommand.ResumeScheduleCommand.class
        },
        synopsisSubcommandLabel = "list|run|suspend|resume",
        footer = {
            "%nExamples",
            "  autoserve schedule list web",
            "  autoserve schedule run web nightly",
            "  autoserve schedule suspend web nightly"
        })
public final class ScheduleCommand {

    abstract static class AppSchedulesCommand extends PartOfAppCommand {
        AppSchedulesCommand() {
            super("/schedules");
        }
    }

    abstract static class OneScheduleCommand extends AppSchedulesCommand {
        @Parameters(
                index = "1",
                paramLabel = "SCHEDULE",
                description = "The schedule, as 'schedule list' shows it.")
        private String schedule;

        void send(String what, String message) {
            var answer = api().post(path("/" + Api.segment(schedule) + "/" + what));
            print(
                    answer,
                    () ->
                            terminal()
                                    .line(
                                            message.formatted(
                                                    schedule, answer.path("name").asText())));
        }
    }

    @Command(name = "list", header = "List the schedules of an app and their next times")
    static final class ListSchedulesCommand extends AppSchedulesCommand {
        @Override
        public void run() {
            var answer = api().get(path(""));
            print(answer, () -> table(answer).print(terminal()));
        }

        private Table table(JsonNode answer) {
            var table =
                    new Table("")
                            .header(
                                    terminal(),
                                    "SCHEDULE",
                                    "TIMES",
                                    "ZONE",
                                    "NEXT",
                                    "SUSPENDED BY");
            for (var schedule : answer.path("schedules")) {
                table.row(
                        schedule.path("name").asText(),
                        schedule.path("cron").asText(),
                        schedule.path("timeZone").asText(),
                        text(schedule.path("nextAt")),
                        text(schedule.path("suspendedBy")));
            }
            return table;
        }

        private static String text(JsonNode value) {
            return value.isNull() ? "-" : value.asText();
        }
    }

    @Command(name = "run", header = "Run the command of a schedule now")
    static final class RunScheduleCommand extends OneScheduleCommand {
        @Override
        public void run() {
            send("run", "schedule %s runs now as task %s");
        }
    }

    @Command(
            name = "suspend",
            header = "Suspend a schedule: its times pass without a task until it is resumed")
    static final class SuspendCommand extends OneScheduleCommand {
        @Override
        public void run() {
            send("suspend", "schedule %s is suspended");
        }
    }

    @Command(
            name = "resume",
            header = "Resume a schedule. Times that passed meanwhile are not made up for")
    static final class ResumeScheduleCommand extends OneScheduleCommand {
        @Override
        public void run() {
            send("resume", "schedule %s is resumed");
        }
    }
}
