package io.autoserve.cli;

import java.util.regex.Pattern;

/** Text as a terminal counts it: escape codes take no room. */
final class Cells {
    private static final Pattern ESCAPES = Pattern.compile("\033\\[[0-9;]*m");
    private static final String RESET = "\033[0m";

    private Cells() {}

    static int width(String text) {
        return ESCAPES.matcher(text).replaceAll("").length();
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
