package io.autoserve.model;

import java.util.List;

/**
 * A command to run inside an instance.
 *
 * @param command program and arguments, without a shell
 * @param input whether the client may write to the command's standard input
 * @param terminal whether the command gets a terminal, which merges its standard output and
 *     standard error into one stream
 * @param columns number of columns of the terminal, 1 to 10,000
 * @param rows number of rows of the terminal, 1 to 10,000
 */
public record ExecCommand(
        List<String> command, boolean input, boolean terminal, int columns, int rows) {
    public static final int LONGEST = 32 * 1024;

    /** Most characters of the program's name that events contain. */
    private static final int LONGEST_NAME = 150;

    public ExecCommand {
        command = List.copyOf(command);
        if (command.isEmpty() || command.getFirst().isBlank()) {
            throw new IllegalArgumentException("command must name a program, was empty");
        }
        if (String.join("", command).length() > LONGEST) {
            throw new IllegalArgumentException(
                    "command must have at most %d characters in total".formatted(LONGEST));
        }
        if (command.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("command must be text without NUL");
        }
        if (columns < 1 || rows < 1 || columns > 10_000 || rows > 10_000) {
            throw new IllegalArgumentException(
                    "a terminal must have 1 to 10000 columns and rows, was %d x %d"
                            .formatted(columns, rows));
        }
    }

    /**
     * Returns the program's name and the number of its arguments, for operators, in at most 200
     * characters. The arguments themselves are left out, because they may be secret.
     */
    public String text() {
        var program = PlainText.cut(command.getFirst(), LONGEST_NAME);
        var arguments = command.size() - 1;
        return switch (arguments) {
            case 0 -> "'%s'".formatted(program);
            case 1 -> "'%s' with 1 argument".formatted(program);
            default -> "'%s' with %d arguments".formatted(program, arguments);
        };
    }
}
