package io.autoserve.cli.help;

import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.ShellCommand;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        header = "Print the completion script for bash, zsh or fish",
        description = {
            "The script completes 'autoserve' and './autoserve', including the names of apps."
                    + " The last example puts the command on the PATH."
        },
        footer = {
            "%nExamples",
            "  source <(./autoserve completion bash)    # in ~/.bashrc, with the full path",
            "  source <(./autoserve completion zsh)     # in ~/.zshrc, with the full path",
            "  ./autoserve completion fish > ~/.config/fish/completions/autoserve.fish",
            "  ln -s \"$PWD/autoserve\" ~/.local/bin/"
        })
public final class CompletionCommand extends ShellCommand {
    enum ShellName {
        bash,
        zsh,
        fish
    }

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SHELL",
            description = "${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}).")
    private ShellName shell = ShellName.bash;

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
        switch (shell) {
            // The script of picocli turns on zsh's support for the completions of bash.
            case bash, zsh -> bash();
            case fish -> terminal().line(FishCompletion.of(spec.root().commandLine()));
        }
    }

    private void bash() {
        var script = AutoComplete.bash("autoserve", spec.root().commandLine()).stripTrailing();
        terminal()
                .line(script.replace("(\"" + AppNames.PLACEHOLDER + "\")", "($(_autoserve_apps))"));
        terminal().line(NAMES.stripTrailing());
    }
}
