package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Guesses which field the author of a spec meant when the spec names a field that does not exist.
 */
final class Suggestion {
    private Suggestion() {}

    /**
     * @param known the fields that exist at this place
     */
    static String unknown(String name, String pointer, JsonNode known) {
        return Slips.field(pointer)
                .map(instead -> "unknown field '%s': %s".formatted(name, instead))
                .orElseGet(() -> unknown(name, known));
    }

    private static String unknown(String name, JsonNode known) {
        return known.properties().stream()
                .map(Map.Entry::getKey)
                .filter(candidate -> distance(name, candidate) <= 1 + candidate.length() / 4)
                .min(Comparator.comparingInt(candidate -> distance(name, candidate)))
                .map(guess -> "unknown field '%s': did you mean '%s'?".formatted(name, guess))
                .orElseGet(() ->
                        "unknown field '%s': use one of %s"
                                .formatted(
                                        name,
                                        known.properties().stream()
                                                .map(Map.Entry::getKey)
                                                .collect(Collectors.joining(", "))));
    }

    /**
     * Returns the Levenshtein edit distance, ignoring case. Returns {@link Integer#MAX_VALUE} if
     * the lengths differ too much.
     */
    static int distance(String from, String to) {
        var a = from.toLowerCase(Locale.ROOT);
        var b = to.toLowerCase(Locale.ROOT);
        if (Math.abs(a.length() - b.length()) > b.length()) {
            return Integer.MAX_VALUE; // skips the work, since the text may be long
        }
        var row = new int[b.length() + 1];
        for (var j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (var i = 1; i <= a.length(); i++) {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.length(); j++) {
                var substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
