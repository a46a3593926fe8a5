package io.autoserve.model;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The apps that a token or a secret is for.
 *
 * @param patterns of app names. {@code *} stands for any number of characters, including none
 */
public record Scope(List<String> patterns) {
    private static final Pattern VALID = Pattern.compile("[a-z0-9*-]{1,63}");

    public static final Scope EVERYTHING = new Scope(List.of("*"));

    public Scope {
        Require.that(!patterns.isEmpty(), "at least one pattern of app names is required");
        Require.that(
                patterns.size() <= 50, "at most 50 patterns are allowed, had %d", patterns.size());
        for (var pattern : patterns) {
            Require.that(
                    VALID.matcher(pattern).matches(),
                    "a pattern must be 1 to 63 characters of a-z, 0-9, '-' and '*', was '%s'",
                    pattern);
        }
        patterns = List.copyOf(patterns);
    }

    public boolean everything() {
        return patterns.contains("*");
    }

    public boolean covers(String app) {
        return everything() || app.matches(regex());
    }

    /** Returns whether each pattern of the other scope is covered by one pattern of this scope. */
    public boolean covers(Scope other) {
        return other.patterns.stream()
                .allMatch(pattern -> patterns.stream().anyMatch(ours -> wider(ours, pattern)));
    }

    /** Returns whether the pattern covers the narrower one. Only a {@code *} covers a {@code *}. */
    private static boolean wider(String pattern, String narrower) {
        return narrower.matches(pattern.replace("*", "[a-z0-9*-]*"));
    }

    /**
     * Returns a regular expression that matches exactly the covered names, in Java and in
     * PostgreSQL.
     */
    public String regex() {
        return patterns.stream()
                .map(pattern -> pattern.replace("*", "[a-z0-9-]*"))
                .collect(Collectors.joining("|", "^(", ")$"));
    }

    @Override
    public String toString() {
        return String.join(", ", patterns);
    }
}
