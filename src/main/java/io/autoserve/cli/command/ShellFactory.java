package io.autoserve.cli.command;

import picocli.CommandLine;
import picocli.CommandLine.IFactory;

/** Creates the commands for picocli, and hands each of them the shell. */
public record ShellFactory(Shell shell) implements IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
        var made = CommandLine.defaultFactory().create(type);
        if (made instanceof ShellCommand command) {
            command.runIn(shell);
        }
        return made;
    }
}
