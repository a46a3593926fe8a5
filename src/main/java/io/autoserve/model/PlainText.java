package io.autoserve.model;

import java.util.regex.Pattern;

/**
 * Makes text from containers, registries and other outsiders fit for a reason. Otherwise such text
 * could control an operator's terminal. It could also contain the character NUL, and PostgreSQL
 * refuses a row with NUL (error 22021) each time that it is written.
 */
public final class PlainText {
    private static final Pattern COLOURS = Pattern.compile("\033\\[[0-9;]*m");
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cc}+");

    private PlainText() {}

    /** Returns the text on one line, without colours. Other control characters become a space. */
    public static String of(String text) {
        return CONTROLS.matcher(COLOURS.matcher(text).replaceAll("")).replaceAll(" ").strip();
    }
}
