package io.autoserve.model;

import java.util.regex.Pattern;

/**
 * Cleans text from containers, registries and other external sources before it becomes part of an
 * event's or a state's reason. Such text could control an operator's terminal. It could also
 * contain the character NUL, and PostgreSQL never accepts a row with NUL (error 22021).
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
