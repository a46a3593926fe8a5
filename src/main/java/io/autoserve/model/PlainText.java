package io.autoserve.model;

import java.util.regex.Pattern;

/**
 * Makes text from containers, registries and other outsiders fit for a reason. Such text could
 * steer a terminal, and PostgreSQL refuses a row with the character NUL (error 22021) for ever.
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
