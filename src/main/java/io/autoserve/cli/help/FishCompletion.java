package io.autoserve.cli.help;

import io.autoserve.cli.command.AppNames;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes the completion script for fish, which picocli does not support. Each line of the script
 * adds one word that fish offers, under the condition that the command before it is complete.
 */
final class FishCompletion {
    private static final String FUNCTIONS =
            """
            # Completion of autoserve for fish
            function __autoserve_words
                set -l words (commandline -opc)
                set -e words[1]
                string match -v -- '-*' $words
            end

            # Succeeds if the words before the cursor are exactly these commands.
            function __autoserve_at
                set -l words (__autoserve_words)
                test "$words" = "$argv"
            end

            # Succeeds if the words before the cursor begin with these commands.
            function __autoserve_in
                set -l words (__autoserve_words)
                set -l number (count $argv)
                test (count $words) -ge $number
                and test "$words[1..$number]" = "$argv"
            end

            function __autoserve_apps
                set -l words (commandline -opc)
                $words[1] list 2>/dev/null | awk 'NR > 1 { print $1 }'
            end
            """;

    private final List<String> lines = new ArrayList<>();

    private FishCompletion() {}

    /** Returns the script for all commands below the root command. */
    static String of(CommandLine root) {
        var script = new FishCompletion();
        script.subcommands(root, List.of());
        return FUNCTIONS + "\n" + String.join("\n", script.lines);
    }

    private void subcommands(CommandLine command, List<String> path) {
        command.getSubcommands()
                .forEach((name, below) -> {
                    var header = String.join(" ", below.getCommandSpec().usageMessage().header());
                    line("at", path, "-f -a " + quoted(name) + " -d " + quoted(header));
                    var deeper = new ArrayList<>(path);
                    deeper.add(name);
                    arguments(below, deeper);
                    subcommands(below, deeper);
                });
    }

    private void arguments(CommandLine command, List<String> path) {
        var spec = command.getCommandSpec();
        for (var option : spec.options()) {
            if (!option.hidden()) {
                line("in", path, option(option));
            }
        }
        for (var argument : spec.positionalParameters()) {
            var words = words(argument);
            if (!argument.hidden() && words != null) {
                line("in", path, "-f -a " + words);
            }
        }
    }

    private static String option(OptionSpec option) {
        var text = new StringBuilder();
        for (var name : option.names()) {
            text.append(name.startsWith("--") ? "-l " : "-s ")
                    .append(name.replaceFirst("^-+", ""))
                    .append(' ');
        }
        if (option.arity().max() > 0) {
            var words = words(option);
            text.append(words == null ? "-r" : "-x -a " + words);
        }
        return text.toString().strip();
    }

    /** Returns the words that fish offers for an argument, or null if it offers files. */
    private static @Nullable String words(ArgSpec argument) {
        var candidates = argument.completionCandidates();
        if (candidates == null) {
            return null;
        }
        return candidates instanceof AppNames
                ? "'(__autoserve_apps)'"
                : quoted(
                        String.join(
                                " ",
                                StreamSupport.stream(candidates.spliterator(), false).toList()));
    }

    private void line(String condition, List<String> path, String rest) {
        var words = String.join(" ", path);
        lines.add(
                "complete -c autoserve -n %s %s"
                        .formatted(
                                quoted(("__autoserve_" + condition + " " + words).strip()), rest));
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
