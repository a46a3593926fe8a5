package io.autoserve.cli.terminal;

import io.autoserve.model.PlainText;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Measures and cuts text by its width on a terminal. Escape codes for colours have no width. */
public final class Cells {
    private static final Pattern ESCAPES = Pattern.compile("\033\\[[0-9;]*m");
    private static final Pattern STEERING =
            Pattern.compile("(\033\\[[0-9;]*m)|[\\p{Cc}&&[^\n\t]]|[" + PlainText.UNSEEN + "]");
    public static final String RESET = "\033[0m";

    private Cells() {}

    /**
     * Removes control characters from untrusted text, since they could steer the terminal. Also
     * removes characters that are not visible or change the direction of text, since they could
     * make a text look like another one. Colours, tabs and line ends stay.
     */
    static String harmless(String text) {
        return STEERING.matcher(text).replaceAll("$1");
    }

    static int width(String text) {
        return ESCAPES.matcher(text).replaceAll("").length();
    }

    /**
     * Breaks text into lines of at most this many columns. Lines break between words, so a word
     * that is wider than a line gets a separate, longer line.
     */
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

    /**
     * Cuts text to this many columns. If characters were cut off, the result ends with … and resets
     * the colours.
     */
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
