package io.autoserve.cli;

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
 * Where a command reads and writes.
 *
 * @param colour whether escape codes for colour are welcome
 * @param live whether a line may be written over, as on a terminal
 * @param answers whether a person is there to answer a question
 */
public record Terminal(
        InputStream in,
        PrintStream out,
        PrintStream err,
        boolean colour,
        boolean live,
        boolean answers) {

    /** Always UTF-8: the JVM would print question marks where the locale is C. */
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

    /** Asking the link costs nothing; System.console() loads a whole line editor on some JDKs. */
    private static boolean isTerminal(int descriptor) {
        var link = Path.of("/proc/self/fd/" + descriptor);
        try {
            return Files.readSymbolicLink(link).toString().matches("/dev/(pts/|tty|console).*");
        } catch (IOException | UnsupportedOperationException _) {
            return requireNonNull(System.console()).isTerminal(); // a system without /proc
        }
    }

    /** For what would disturb a program that reads the output. */
    Terminal silenced() {
        var nothing =
                new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        return new Terminal(in, nothing, err, false, false, false);
    }

    /** The same, printing elsewhere. */
    Terminal onto(PrintStream elsewhere) {
        return new Terminal(in, elsewhere, err, colour, false, false);
    }

    /** For people. What is in it of others, such as the last words of a container, does no harm. */
    public void line(String text) {
        out.println(Cells.harmless(text));
    }

    /** Beside what was asked for. */
    void aside(String text) {
        err.println(Cells.harmless(text));
    }

    /** To the last character, for programs and files. */
    void verbatim(String text) {
        out.println(text);
    }

    /** How much fits on a line; elsewhere than on a terminal, everything. */
    int columns() {
        return live ? Tty.size().columns() : Integer.MAX_VALUE;
    }

    public String paint(Paint paint, String text) {
        return colour ? paint.over(text) : text;
    }

    /** A line that is written over until it is done; where that is impossible, one per change. */
    public Progress progress() {
        return new Progress(this);
    }

    /** What a person types unseen; asked only where one {@link #answers}. */
    String askUnseen(String question) {
        var typed = requireNonNull(System.console()).readPassword("%s", question);
        return typed == null ? "" : new String(typed);
    }

    /** On a terminal; everywhere else the answer is no. */
    boolean confirms(String question) {
        if (!answers) {
            return false;
        }
        out.print(question + " [y/N] ");
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
