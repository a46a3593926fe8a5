package io.autoserve.model;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The apps that a token or a secret is for.
 *
 * @param patterns 1 to 50 patterns of app names, as {@link Glob} matches them
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
            Require.that(
                    Glob.stars(pattern) <= Glob.MOST_STARS,
                    "a pattern may have at most %d '*', '%s' has %d",
                    Glob.MOST_STARS,
                    pattern,
                    Glob.stars(pattern));
        }
        patterns = List.copyOf(patterns);
    }

    public boolean everything() {
        return patterns.contains("*");
    }

    public boolean covers(String app) {
        return patterns.stream().anyMatch(pattern -> Glob.matches(pattern, app));
    }

    /**
     * Returns whether each pattern of the other scope is covered by one pattern of this scope. Only
     * a {@code *} covers a {@code *}.
     */
    public boolean covers(Scope other) {
        return other.patterns.stream().allMatch(this::covers);
    }

    /**
     * Returns whether a token for these apps may know that a secret exists. This is true for a
     * secret that is limited to these apps, and for a secret that all apps may use.
     *
     * @param secret the apps that the secret is for
     */
    public boolean sees(Scope secret) {
        return secret.everything() || covers(secret);
    }

    /** Returns the patterns as operands of SQL's {@code like}. */
    public List<String> like() {
        return patterns.stream().map(pattern -> pattern.replace('*', '%')).toList();
    }

    @Override
    public String toString() {
        return String.join(", ", patterns);
    }
}
