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

    /**
     * The characters that are not visible or change the direction of text, as a part of a regular
     * expression's character class. They can make a text look like another one.
     */
    public static final String UNSEEN =
            "\\u061C\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\uFEFF";

    private static final Pattern HIDDEN = Pattern.compile("[" + UNSEEN + "]");

    private PlainText() {}

    /**
     * Returns the text on one line, without colours and {@link #UNSEEN} characters. Other control
     * characters become a space.
     */
    public static String of(String text) {
        return indented(text).strip();
    }

    /** Like {@link #of}, but keeps spaces at the beginning and the end. */
    public static String indented(String text) {
        var seen = HIDDEN.matcher(COLOURS.matcher(text).replaceAll("")).replaceAll("");
        return CONTROLS.matcher(seen).replaceAll(" ");
    }

    /**
     * Returns the text if it has at most {@code most} characters. Otherwise returns its beginning
     * and "…", at most that many characters together. Never cuts a surrogate pair in two.
     *
     * @param most at least 2
     */
    public static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        var end = Character.isHighSurrogate(text.charAt(most - 2)) ? most - 2 : most - 1;
        return text.substring(0, end) + "…";
    }
}
