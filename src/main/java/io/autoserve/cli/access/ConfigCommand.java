package io.autoserve.cli.access;

import io.autoserve.cli.client.Contexts;
import io.autoserve.cli.command.ShellCommand;
import io.autoserve.cli.terminal.Table;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Lists the installations that the user has logged in to, and selects the one to use. */
@Command(
        name = "config",
        header = "Manage the installations that you are logged in to",
        subcommands = {
            ConfigCommand.ListContextsCommand.class,
            ConfigCommand.UseContextCommand.class,
            ConfigCommand.RemoveContextCommand.class
        },
        synopsisSubcommandLabel = "contexts|use|remove",
        footer = {
            "%nExamples",
            "  autoserve config contexts",
            "  autoserve config use test",
            "  autoserve config use             # use this machine again"
        })
public final class ConfigCommand {
    abstract static class ContextCommand extends ShellCommand {
        Contexts contexts() {
            return Contexts.read(environment());
        }
    }

    @Command(
            name = "contexts",
            header = "List the contexts; * marks the current one",
            footer = {"%nExample", "  autoserve config contexts"})
    static final class ListContextsCommand extends ContextCommand {
        @Override
        public void run() {
            var contexts = contexts();
            if (contexts.all().isEmpty()) {
                terminal().line("There are no contexts yet. Run 'autoserve login URL' to add one.");
                return;
            }
            var table = new Table("").header(terminal(), "", "NAME", "URL", "TOKEN");
            contexts.all()
                    .forEach((name, context) ->
                            table.row(
                                    name.equals(contexts.current()) ? "*" : "",
                                    name,
                                    context.url(),
                                    context.token() == null ? "none" : "stored"));
            table.print(terminal());
        }
    }

    @Command(
            name = "use",
            header = "Select the context to use; without a name, use this machine",
            footer = {"%nExample", "  autoserve config use test"})
    static final class UseContextCommand extends ContextCommand {
        @Parameters(arity = "0..1", paramLabel = "NAME", description = "The name of the context.")
        private @Nullable String name;

        @Override
        public void run() {
            var contexts = contexts();
            var url = name == null ? "this machine" : contexts.named(name).url();
            contexts.using(name).write();
            terminal().line("Commands now use %s".formatted(url));
        }
    }

    @Command(
            name = "remove",
            header = "Remove a context and its stored token",
            footer = {"%nExample", "  autoserve config remove test"})
    static final class RemoveContextCommand extends ContextCommand {
        @Parameters(paramLabel = "NAME", description = "The name of the context.")
        private String name;

        @Override
        public void run() {
            contexts().without(name).write();
            terminal()
                    .line(
                            "Context '%s' is removed. Its token stays valid until it is revoked."
                                    .formatted(name));
        }
    }
}
