package io.autoserve.cli.help;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The help of one command, split into parts. Other pages, such as manual pages, are made from these
 * parts.
 *
 * @param name the command's full name, such as {@code autoserve rollout undo}
 * @param examples the examples as the user types them
 * @param exitCodes the exit codes, for the root command; empty for all other commands
 */
record CommandPage(
        String name,
        String header,
        String synopsis,
        List<String> description,
        List<Entry> arguments,
        List<Entry> options,
        List<Entry> commands,
        List<String> examples,
        List<Entry> exitCodes) {

    record Entry(String term, String meaning) {}

    /** Returns the pages of the command and all commands below it, in the order of the help. */
    static List<CommandPage> all(CommandLine command) {
        return Stream.concat(
                        Stream.of(of(command.getCommandSpec())),
                        // an alias refers to the same command
                        command.getSubcommands().values().stream()
                                .distinct()
                                .flatMap(it -> all(it).stream()))
                .toList();
    }

    private static CommandPage of(CommandSpec spec) {
        var help = new Help(spec, Help.defaultColorScheme(Ansi.OFF));
        return new CommandPage(
                spec.qualifiedName(),
                String.join(" ", spec.usageMessage().header()),
                synopsis(help),
                paragraphs(spec.usageMessage().description()),
                arguments(spec, help),
                options(spec, help),
                commands(spec),
                examples(spec),
                exitCodes(spec));
    }

    private static String synopsis(Help help) {
        return help.synopsis(0).strip().replaceAll("\\s+", " ");
    }

    private static List<String> paragraphs(String... lines) {
        return Arrays.stream(lines).map(line -> plain(line).strip()).toList();
    }

    /** Returns the text as the help prints it, with a line end in place of {@code %n}. */
    private static String plain(String text) {
        return Ansi.OFF.string(String.format(text));
    }

    private static List<Entry> arguments(CommandSpec spec, Help help) {
        return spec.positionalParameters().stream()
                .filter(argument -> !argument.hidden())
                .map(argument ->
                        new Entry(
                                argument.paramLabel(),
                                last(
                                        help.createDefaultParameterRenderer()
                                                .render(
                                                        argument,
                                                        help.createDefaultParamLabelRenderer(),
                                                        help.colorScheme()))))
                .toList();
    }

    private static List<Entry> options(CommandSpec spec, Help help) {
        return spec.options().stream()
                .filter(option -> !option.hidden())
                .map(option ->
                        new Entry(
                                String.join(", ", option.names())
                                        + (option.arity().max() > 0
                                                ? " " + option.paramLabel()
                                                : ""),
                                last(
                                        help.createDefaultOptionRenderer()
                                                .render(
                                                        option,
                                                        help.createDefaultParamLabelRenderer(),
                                                        help.colorScheme()))))
                .toList();
    }

    /** Returns the last column, which has the description. */
    private static String last(Text[][] rows) {
        return Arrays.stream(rows)
                .map(row -> row[row.length - 1].toString().strip())
                .collect(Collectors.joining(" "))
                .strip();
    }

    private static List<Entry> commands(CommandSpec spec) {
        return spec.subcommands().values().stream()
                .distinct()
                .map(CommandLine::getCommandSpec)
                .map(below ->
                        new Entry(below.name(), String.join(" ", below.usageMessage().header())))
                .toList();
    }

    /** Returns the indented lines of the footer, which are the examples below their heading. */
    private static List<String> examples(CommandSpec spec) {
        var lines = new ArrayList<String>();
        for (var line : spec.usageMessage().footer()) {
            if (line.startsWith("  ")) {
                lines.add(plain(line).strip());
            }
        }
        return List.copyOf(lines);
    }

    private static List<Entry> exitCodes(CommandSpec spec) {
        return spec.usageMessage().exitCodeList().entrySet().stream()
                .map(code -> new Entry(code.getKey(), code.getValue()))
                .toList();
    }
}
