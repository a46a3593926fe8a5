package io.autoserve.cli;

import io.autoserve.cli.access.ConfigCommand;
import io.autoserve.cli.access.Login;
import io.autoserve.cli.access.Tokens;
import io.autoserve.cli.apps.Apply;
import io.autoserve.cli.apps.Domains;
import io.autoserve.cli.apps.Export;
import io.autoserve.cli.apps.LifeCommands;
import io.autoserve.cli.apps.PlanChange;
import io.autoserve.cli.apps.Rollouts;
import io.autoserve.cli.apps.ScalingCommands;
import io.autoserve.cli.apps.Secrets;
import io.autoserve.cli.apps.ShowDiff;
import io.autoserve.cli.apps.Simulate;
import io.autoserve.cli.apps.SpecCommands;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.BuildVersion;
import io.autoserve.cli.command.Durations;
import io.autoserve.cli.command.Shell;
import io.autoserve.cli.command.Shell.ControllerStarter;
import io.autoserve.cli.command.ShellFactory;
import io.autoserve.cli.dev.Dev;
import io.autoserve.cli.doctor.Doctor;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.exit.Failure;
import io.autoserve.cli.help.Completion;
import io.autoserve.cli.help.HelpPages;
import io.autoserve.cli.help.Man;
import io.autoserve.cli.inspect.ClusterCommand;
import io.autoserve.cli.inspect.Events;
import io.autoserve.cli.inspect.Exec;
import io.autoserve.cli.inspect.Info;
import io.autoserve.cli.inspect.ListApps;
import io.autoserve.cli.inspect.Logs;
import io.autoserve.cli.inspect.PortForward;
import io.autoserve.cli.inspect.ShowSpec;
import io.autoserve.cli.inspect.Status;
import io.autoserve.cli.inspect.Top;
import io.autoserve.cli.platform.NodeCommand;
import io.autoserve.cli.platform.PlatformCommand;
import io.autoserve.cli.platform.RunController;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Defines the command line: all commands, their groups, and the exit code of a failed command. */
@Command(
        name = "autoserve",
        versionProvider = BuildVersion.class,
        mixinStandardHelpOptions = true,
        synopsisHeading = "",
        header = "Runs web applications as containers and keeps them serving.",
        customSynopsis = "%nUsage%n  autoserve COMMAND [OPTION…]%n",
        subcommands = {
            Apply.class,
            ShowDiff.class,
            Export.class,
            SpecCommands.Register.class,
            SpecCommands.Validate.class,
            PlanChange.class,
            Rollouts.class,
            Secrets.class,
            Domains.class,
            ScalingCommands.Autoscale.class,
            ScalingCommands.Metrics.class,
            Simulate.class,
            LifeCommands.Up.class,
            LifeCommands.Down.class,
            LifeCommands.Restart.class,
            LifeCommands.Scale.class,
            LifeCommands.Delete.class,
            ListApps.class,
            Status.class,
            ShowSpec.class,
            Logs.class,
            Exec.class,
            PortForward.class,
            Top.class,
            Events.class,
            Info.class,
            Login.class,
            ConfigCommand.class,
            Tokens.class,
            NodeCommand.class,
            ClusterCommand.class,
            Dev.class,
            PlatformCommand.class,
            Doctor.class,
            RunController.class,
            Completion.class,
            Man.class
        },
        commandListHeading = "",
        optionListHeading = "",
        exitCodeListHeading = "%nExit codes%n",
        footer = "%n'autoserve COMMAND --help' tells more, with examples.")
public final class AutoServe {
    private static final String[] CONTROLLER = {"controller"};

    private final Terminal terminal;

    private AutoServe(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Runs one command and returns the exit code of the process. */
    public static int run(
            Terminal terminal,
            Map<String, String> environment,
            InstantSource clock,
            ControllerStarter controllers,
            String... arguments) {
        var shell = new Shell(terminal, environment, clock, controllers);
        if (Arrays.equals(arguments, CONTROLLER)) {
            return controller(shell);
        }
        var commands = commands(shell);
        return commands.execute(arguments.length == 0 ? new String[] {"--help"} : arguments);
    }

    /**
     * Runs a controller without creating the other commands, which would take a third of the time
     * until the controller serves.
     */
    private static int controller(Shell shell) {
        try {
            RunController.serve(shell);
            return Exit.OK.code();
        } catch (Failure failure) {
            return new AutoServe(shell.terminal()).failed(failure);
        }
    }

    /** Returns the root command with all commands below it. */
    public static CommandLine commands(Shell shell) {
        var terminal = shell.terminal();
        var autoserve = new AutoServe(terminal);
        var commands = new CommandLine(autoserve, new ShellFactory(shell));
        commands.setOut(writer(terminal.out()));
        commands.setErr(writer(terminal.err()));
        commands.setColorScheme(colours(terminal));
        commands.setCaseInsensitiveEnumValuesAllowed(true);
        commands.setUsageHelpLongOptionsMaxWidth(32);
        commands.registerConverter(Duration.class, Durations::parse);
        commands.registerConverter(AppName.class, AppName::of);
        commands.registerConverter(int.class, AutoServe::number);
        commands.registerConverter(Integer.class, AutoServe::number);
        commands.setExecutionExceptionHandler((e, _, _) -> {
            if (e instanceof Failure failure) {
                return autoserve.failed(failure);
            }
            throw e;
        });
        commands.setParameterExceptionHandler(autoserve::misused);
        HelpPages.install(commands);
        return commands;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'%s' is no whole number".formatted(text));
        }
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    private static ColorScheme colours(Terminal terminal) {
        return new ColorScheme.Builder(terminal.colour() ? Ansi.ON : Ansi.OFF)
                .commands(Style.bold)
                .options(Style.fg_cyan)
                .parameters(Style.fg_cyan)
                .optionParams(Style.faint)
                .build();
    }

    private int failed(Failure failure) {
        failure.details().forEach(terminal::aside);
        terminal.aside(terminal.paint(Paint.BAD, "autoserve: ") + failure.text());
        return failure.exit().code();
    }

    private int misused(ParameterException exception, String[] arguments) {
        var command = exception.getCommandLine().getCommandSpec();
        terminal.aside(terminal.paint(Paint.BAD, "autoserve: ") + fault(exception));
        terminal.err().printf("See '%s --help'.%n", command.qualifiedName());
        return Exit.USAGE.code();
    }

    private static String fault(ParameterException exception) {
        if (!(exception instanceof UnmatchedArgumentException unmatched)) {
            return String.valueOf(exception.getMessage()).replaceFirst("^Error: ", "");
        }
        var word = unmatched.getUnmatched().getFirst();
        var kind =
                word.startsWith("-")
                        ? "option"
                        : exception.getCommandLine().getParent() == null ? "command" : "argument";
        var near = unmatched.getSuggestions();
        return "there is no %s '%s' here%s"
                .formatted(
                        kind,
                        word,
                        near.isEmpty() ? "" : ": did you mean " + near.getFirst() + "?");
    }
}
