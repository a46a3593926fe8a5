package io.autoserve.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        header = "Print the completion script for bash and zsh",
        footer = {"%nExample", "  source <(autoserve completion)    # in ~/.bashrc or ~/.zshrc"})
final class Completion implements Runnable {
    @ParentCommand private AutoServe autoserve;
    @Spec private CommandSpec spec;

    @Override
    public void run() {
        autoserve
                .terminal()
                .line(AutoComplete.bash("autoserve", spec.root().commandLine()).stripTrailing());
    }
}
