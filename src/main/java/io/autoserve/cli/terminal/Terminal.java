package io.autoserve.cli.terminal;

import static java.util.Objects.requireNonNull;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The streams of a command, and what they can do.
 *
 * @param colour whether output may contain escape codes for colours
 * @param live whether a line may be overwritten, as on a terminal
 * @param answers whether a person can answer a question
 */
public record Terminal(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean colour,
        boolean live,
        boolean answers) {

    /**
     * Returns the streams of this process. They always use UTF-8, because in the C locale the JVM
     * would otherwise print question marks.
     */
    public static Terminal ofProcess(Map<String, String> environment) {
        var live = isTerminal(1) || environment.containsKey("AUTOSERVE_LIVE");
        var plain = environment.containsKey("NO_COLOR") || "dumb".equals(environment.get("TERM"));
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                live && !plain,
                live,
                isTerminal(0) && isTerminal(1));
    }

    /**
     * Returns whether the file descriptor is a terminal. Reading the link is cheap, while
     * System.console() loads a whole line editor on some JDKs.
     */
    private static boolean isTerminal(int descriptor) {
        var link = Path.of("/proc/self/fd/" + descriptor);
        try {
            return Files.readSymbolicLink(link).toString().matches("/dev/(pts/|tty|console).*");
        } catch (IOException | UnsupportedOperationException _) {
            return requireNonNull(System.console()).isTerminal(); // a system without /proc
        }
    }

    /**
     * Returns a terminal whose standard output is discarded. It is used with {@code -o json} and
     * {@code -o yaml}, because text for people would disturb the program that reads the output.
     */
    public Terminal silenced() {
        var nothing =
                new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Terminal(in, nothing, err, false, false, false);
    }

    /** Returns a terminal that prints to another stream and never overwrites a line. */
    Terminal onto(PrintStream elsewhere) {
        return new Terminal(in, elsewhere, err, colour, false, false);
    }

    /**
     * Prints a line for people. Control sequences in untrusted text, such as the last output of a
     * container, are removed.
     */
    public void line(String text) {
        out.println(Cells.harmless(text));
    }

    /** Prints a line for people to standard error. */
    public void aside(String text) {
        err.println(Cells.harmless(text));
    }

    /** Prints a line unchanged, for programs and files. On a terminal it is made harmless. */
    public void verbatim(String text) {
        out.println(live ? Cells.harmless(text) : text);
    }

    /** Returns how many characters fit on a line. Output that is not a terminal has no limit. */
    int columns() {
        return live ? Tty.size().columns() : Integer.MAX_VALUE;
    }

    public String paint(Paint paint, String text) {
        return colour ? paint.over(text) : text;
    }

    /**
     * Shows progress. On a terminal, one line is overwritten. Elsewhere, each change gets a line.
     */
    public Progress progress() {
        return new Progress(this);
    }

    /**
     * Reads a line without showing what the person types. Call it only if a person {@link
     * #answers}.
     */
    public String askUnseen(String question) {
        var typed = requireNonNull(System.console()).readPassword("%s", question);
        return typed == null ? "" : new String(typed);
    }

    /**
     * Asks a person for a secret. If nobody can answer, reads it from standard input, up to the end
     * and without the last line break.
     */
    public String secret(String question) throws IOException {
        return answers
                ? askUnseen(question)
                : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                        .replaceFirst("\\r?\\n$", "");
    }

    /** Asks a yes-or-no question. The answer is no if nobody can answer. */
    public boolean confirms(String question) {
        if (!answers) {
            return false;
        }
        out.print(Cells.harmless(question) + " [y/N] ");
        out.flush();
        try {
            var answer = new StringBuilder();
            for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
                answer.append((char) c);
            }
            return answer.toString().strip().toLowerCase(java.util.Locale.ROOT).startsWith("y");
        } catch (IOException _) {
            return false;
        }
    }
}
