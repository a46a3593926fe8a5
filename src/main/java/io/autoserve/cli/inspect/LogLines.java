package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.terminal.Cells;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Terminal;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Prints log lines, each after the name of its instance. An instance always has the same colour.
 * Several threads may print lines, one for each app.
 */
final class LogLines {
    /**
     * The colours for names of instances. Red is left out because it marks errors, and black and
     * white because they are common backgrounds.
     */
    private static final int[] COLOURS = {36, 33, 32, 35, 34, 96, 93, 92, 95, 94};

    private final Terminal terminal;
    private final @Nullable Pattern pattern;
    private int widest;

    /**
     * @param pattern only lines that contain a match are printed; null prints all
     */
    LogLines(Terminal terminal, @Nullable Pattern pattern) {
        this.terminal = terminal;
        this.pattern = pattern;
    }

    void printAll(JsonNode lines) {
        lines.forEach(line -> makeRoom(line.path("instance").asText("")));
        lines.forEach(this::print);
    }

    synchronized void print(JsonNode line) {
        if (!matches(line)) {
            return;
        }
        var instance = line.path("instance").asText("");
        makeRoom(instance);
        var written = line.path("text").asText("");
        var text = marked(written);
        terminal.line(
                "%s%s  %s"
                        .formatted(
                                name(instance),
                                " ".repeat(widest - instance.length()),
                                line.path("stream").asText("").equals("stderr")
                                        ? terminal.paint(Paint.BUSY, text)
                                        : text + (coloured(written) ? Cells.RESET : "")));
    }

    boolean matches(JsonNode line) {
        return pattern == null || pattern.matcher(line.path("text").asText("")).find();
    }

    /**
     * Prints a note to standard error, because programs may read the log lines from standard
     * output.
     */
    void note(String sign, String instance) {
        terminal.aside(terminal.paint(Paint.FAINT, sign + " " + instance));
    }

    private void makeRoom(String instance) {
        widest = Math.max(widest, instance.length());
    }

    /**
     * Colours the name by the index of the instance. Instances with neighbouring indexes get
     * different colours, and an instance keeps its colour between runs.
     */
    private String name(String instance) {
        if (!terminal.colour()) {
            return instance;
        }
        var index = instance.replaceFirst(".*-(?=\\d{1,4}$)", "");
        var number = index.matches("\\d{1,4}") ? Integer.parseInt(index) : 0;
        return "\033[%dm%s\033[0m".formatted(COLOURS[number % COLOURS.length], instance);
    }

    /**
     * Returns whether the text has colours of its own, which must be reset before the next line.
     */
    private boolean coloured(String text) {
        return terminal.colour() && text.indexOf('\033') >= 0;
    }

    /** Highlights matches by inverse video, which leaves the line's own colours unchanged. */
    private String marked(String text) {
        return pattern == null || !terminal.colour()
                ? text
                : pattern.matcher(text).replaceAll(LogLines::inverted);
    }

    private static String inverted(MatchResult match) {
        return Matcher.quoteReplacement("\033[7m" + match.group() + "\033[27m");
    }
}
