package io.autoserve.cli;

import io.autoserve.cli.command.AppName;
import io.autoserve.cli.command.AppNames;
import io.autoserve.cli.command.BuildVersion;
import io.autoserve.cli.command.Durations;
import io.autoserve.cli.command.Shell;
import io.autoserve.cli.command.Shell.ControllerStarter;
import io.autoserve.cli.command.ShellFactory;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.help.HelpPages;
import io.autoserve.cli.platform.ControllerCommand;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.Style;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Defines the command line: its commands, its messages, and the exit code of a failed command. */
@Command(
        name = "autoserve",
        versionProvider = BuildVersion.class,
        mixinStandardHelpOptions = true,
        synopsisHeading = "",
        header = "Runs web applications as containers and keeps them serving.",
        customSynopsis = "%nUsage%n  autoserve COMMAND [OPTION…]%n",
        commandListHeading = "",
        optionListHeading = "",
        exitCodeListHeading = "%nExit codes%n",
        footer = "%nRun 'autoserve COMMAND --help' for details and examples.")
public final class AutoServe {
    private static final String[] CONTROLLER = {"controller"};

    private static final Set<String> OVERVIEW = Set.of("--help", "-h", "--version", "-V");

    /** The commands whose output is about all commands. */
    private static final Set<String> DESCRIBING = Set.of("completion", "man");

    /** How picocli names the option or argument whose value is invalid. */
    private static final Pattern INVALID =
            Pattern.compile(
                    "Invalid value for (option '[^']*'|positional parameter)( at index \\S+)?"
                            + "( \\([^)]*\\))?: ");

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
        var commands = commands(shell, needed(arguments));
        return commands.execute(arguments.length == 0 ? new String[] {"--help"} : arguments);
    }

    /**
     * Returns the commands that these arguments need: the one that they name, none for the
     * overview, and all for a misspelled name and for the commands that describe all commands.
     */
    private static List<Class<?>> needed(String... arguments) {
        if (arguments.length == 0 || OVERVIEW.contains(arguments[0])) {
            return List.of();
        }
        return DESCRIBING.contains(arguments[0])
                ? CommandList.all()
                : CommandList.named(arguments[0])
                        .map(type -> List.<Class<?>>of(type))
                        .orElseGet(CommandList::all);
    }

    /**
     * Runs a controller without creating the other commands. Creating them would take up a third of
     * the controller's startup time.
     */
    private static int controller(Shell shell) {
        try {
            ControllerCommand.serve(shell);
            return Exit.OK.code();
        } catch (CommandFailure failure) {
            return new AutoServe(shell.terminal()).failed(failure);
        }
    }

    /** Returns the root command with all commands below it. */
    public static CommandLine commands(Shell shell) {
        return commands(shell, CommandList.all());
    }

    private static CommandLine commands(Shell shell, List<Class<?>> types) {
        var terminal = shell.terminal();
        var autoserve = new AutoServe(terminal);
        var commands = new CommandLine(autoserve, new ShellFactory(shell));
        types.forEach(commands::addSubcommand);
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
            if (e instanceof CommandFailure failure) {
                return autoserve.failed(failure);
            }
            throw e;
        });
        commands.setParameterExceptionHandler(autoserve::misused);
        HelpPages.install(commands, name -> CommandList.named(name).orElseThrow());
        return commands;
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("must be a whole number, was '%s'".formatted(text));
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

    private int failed(CommandFailure failure) {
        failure.details().forEach(terminal::aside);
        terminal.aside(terminal.paint(Paint.BAD, "autoserve: ") + failure.text());
        return failure.exit().code();
    }

    private int misused(ParameterException exception, String[] arguments) {
        var command = exception.getCommandLine().getCommandSpec();
        terminal.aside(terminal.paint(Paint.BAD, "autoserve: ") + message(exception));
        terminal.err().printf("Run '%s --help'.%n", command.qualifiedName());
        return Exit.USAGE.code();
    }

    private static String message(ParameterException exception) {
        if (!(exception instanceof UnmatchedArgumentException unmatched)) {
            var text = named(exception);
            return lacksApp(exception) ? text + ": 'autoserve list' shows all apps" : text;
        }
        var word = unmatched.getUnmatched().getFirst();
        var kind =
                word.startsWith("-")
                        ? "option"
                        : exception.getCommandLine().getParent() == null ? "command" : "argument";
        var near = unmatched.getSuggestions();
        return "unknown %s '%s'%s"
                .formatted(
                        kind,
                        word,
                        near.isEmpty() ? "" : ": did you mean " + near.getFirst() + "?");
    }

    /** Returns the message with the name of the option or argument as the user knows it. */
    private static String named(ParameterException exception) {
        var text = String.valueOf(exception.getMessage()).replaceFirst("^Error: ", "");
        var argument = exception.getArgSpec();
        var place = INVALID.matcher(text);
        if (argument == null || !place.lookingAt()) {
            return text;
        }
        var name =
                argument instanceof OptionSpec option
                        ? option.longestName()
                        : argument.paramLabel();
        var rest = text.substring(place.end());
        return name + (rest.startsWith("must ") ? " " : ": ") + rest;
    }

    private static boolean lacksApp(ParameterException exception) {
        return exception instanceof MissingParameterException missing
                && missing.getMissing().stream()
                        .anyMatch(argument -> argument.completionCandidates() instanceof AppNames);
    }
}
