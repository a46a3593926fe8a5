package io.autoserve.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Text as a terminal counts it: escape codes take no room. */
final class Cells {
    private static final Pattern ESCAPES = Pattern.compile("\033\\[[0-9;]*m");
    private static final Pattern STEERING = Pattern.compile("(\033\\[[0-9;]*m)|[\\p{Cc}&&[^\n\t]]");
    static final String RESET = "\033[0m";

    private Cells() {}

    /** What others wrote may steer a terminal: of all that could, only colours stay. */
    static String harmless(String text) {
        return STEERING.matcher(text).replaceAll("$1");
    }

    static int width(String text) {
        return ESCAPES.matcher(text).replaceAll("").length();
    }

    /** Between words, except where one alone is too wide. */
    static List<String> folded(String text, int columns) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        for (var word : text.split(" ", -1)) {
            if (!line.isEmpty() && width(line.toString()) + 1 + width(word) > columns) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /** As much as fits, with … where something is missing, and no colour left on. */
    static String cut(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        var cut = new StringBuilder();
        var escapes = ESCAPES.matcher(text);
        var room = columns - 1;
        for (int at = 0; at < text.length(); ) {
            if (escapes.find(at) && escapes.start() == at) {
                cut.append(escapes.group());
                at = escapes.end();
            } else if (room-- > 0) {
                cut.append(text.charAt(at++));
            } else {
                break;
            }
        }
        return cut.append('…').append(text.indexOf('\033') < 0 ? "" : RESET).toString();
    }
}
