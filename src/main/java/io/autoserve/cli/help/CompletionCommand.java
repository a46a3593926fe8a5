package io.autoserve.cli.help;

import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ShellCommand;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        header = "Print the completion script for bash and zsh",
        description = {
            "The script completes 'autoserve' and './autoserve', including the names of apps."
                    + " The second example puts the command on the PATH."
        },
        footer = {
            "%nExamples",
            "  source <(./autoserve completion)    # in ~/.bashrc or ~/.zshrc, with the full path",
            "  ln -s \"$PWD/autoserve\" ~/.local/bin/"
        })
public final class CompletionCommand extends ShellCommand {
    @Spec private CommandSpec spec;

    /**
     * A shell function that lists the apps. It asks a controller at most once in ten seconds,
     * because the shell calls it at each press of the Tab key.
     */
    private static final String NAMES =
            """
            _autoserve_apps() {
              local kept="${XDG_RUNTIME_DIR:-${HOME}}/.autoserve-apps-${AUTOSERVE_URL//[^a-zA-Z0-9]/-}"
              if [ -z "$(find "$kept" -newermt '-10 seconds' 2>/dev/null)" ]; then
                "${COMP_WORDS[0]:-autoserve}" list 2>/dev/null | awk 'NR > 1 { print $1 }' >"$kept" 2>/dev/null
              fi
              cat "$kept" 2>/dev/null
            }
            """;

    @Override
    public void run() {
        var script = AutoComplete.bash("autoserve", spec.root().commandLine()).stripTrailing();
        terminal()
                .line(script.replace("(\"" + AppNames.PLACEHOLDER + "\")", "($(_autoserve_apps))"));
        terminal().line(NAMES.stripTrailing());
    }
}
