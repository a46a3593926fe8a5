package io.autoserve.imports;

import java.util.Locale;

/** Makes names of apps from names that other tools permit. */
final class AppNaming {
    private static final int LONGEST = 63;

    private AppNaming() {}

    /**
     * Returns a name in lower case, in which '-' replaces every character that apps cannot have.
     */
    static String of(String name) {
        var plain = new StringBuilder();
        name.toLowerCase(Locale.ROOT)
                .chars()
                .forEach(c -> plain.append(permitted(c) ? (char) c : '-'));
        var cut = plain.substring(0, Math.min(LONGEST, plain.length()));
        var trimmed = trimmed(cut);
        return trimmed.isEmpty() ? "app" : trimmed;
    }

    private static boolean permitted(int c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    /** Returns the text without '-' at both ends. */
    static String trimmed(String text) {
        var first = 0;
        while (first < text.length() && text.charAt(first) == '-') {
            first++;
        }
        var end = text.length();
        while (end > first && text.charAt(end - 1) == '-') {
            end--;
        }
        return text.substring(first, end);
    }
}
