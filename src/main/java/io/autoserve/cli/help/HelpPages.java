package io.autoserve.cli.help;

import static java.util.Objects.requireNonNull;

import io.autoserve.cli.exit.Exit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Lays out the help. Commands are grouped under headings, since one long column gives no overview.
 */
public final class HelpPages {
    private static final List<Group> GROUPS =
            List.of(
                    new Group(
                            "Apps",
                            "deploy plan diff apply register validate export import init up down restart scale autoscale simulate rollout rollback run task schedule secret domain hook delete"),
                    new Group(
                            "Inspect",
                            "list status top metrics spec open logs requests exec port-forward events cluster"),
                    new Group("Access", "login whoami config token audit"),
                    new Group(
                            "Platform",
                            "dev platform doctor notify node controller completion man"));

    private record Group(String title, String commands) {
        List<String> names() {
            return List.of(commands.split(" "));
        }
    }

    private HelpPages() {}

    /**
     * @param commands returns the class of the command with a name. The overview reads only its
     *     annotation, because it needs no options
     */
    public static void install(CommandLine root, Function<String, Class<?>> commands) {
        root.getCommandSpec().usageMessage().exitCodeList(Exit.meanings());
        root.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> overview(commands, help));
        root.getSubcommands().values().stream()
                .distinct() // another name refers to the same command
                .forEach(command -> page(command.getCommandSpec()));
    }

    private static void page(CommandSpec command) {
        command.subcommands().values().forEach(below -> page(below.getCommandSpec()));
        command.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help.")
                        .build());
        var page = command.usageMessage();
        page.descriptionHeading(page.description().length == 0 ? "" : "%n");
        page.synopsisHeading("%nUsage%n  ")
                .abbreviateSynopsis(true)
                .parameterListHeading("%nArguments%n")
                .optionListHeading("%nOptions%n")
                .commandListHeading("%nCommands%n")
                .sortOptions(false);
    }

    private static String overview(Function<String, Class<?>> commands, Help help) {
        var text = new StringBuilder();
        for (var group : GROUPS) {
            var table =
                    Help.TextTable.forColumns(
                            help.colorScheme(),
                            new Help.Column(16, 2, Help.Column.Overflow.SPAN),
                            new Help.Column(64, 0, Help.Column.Overflow.WRAP));
            for (var name : group.names()) {
                var command = command(commands.apply(name));
                var names = new ArrayList<>(List.of(name));
                names.addAll(List.of(command.aliases()));
                table.addRowValues(
                        help.colorScheme().commandText(String.join(", ", names)),
                        help.colorScheme().text(command.header()[0]));
            }
            var title = help.colorScheme().text("@|bold " + group.title() + "|@");
            text.append("%n%s%n%s".formatted(title, table));
        }
        return text.toString();
    }

    private static Command command(Class<?> type) {
        return requireNonNull(type.getAnnotation(Command.class), type.getName());
    }
}
