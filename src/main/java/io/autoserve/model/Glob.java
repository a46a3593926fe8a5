package io.autoserve.model;

/**
 * Matches names against patterns in which {@code *} stands for any number of characters, including
 * none. Users write such patterns, so matching takes time in proportion to the length of the name,
 * whatever the pattern. A regular expression with several stars takes exponential time.
 */
public final class Glob {
    /** At most this many stars are matched: enough for {@code *shop*}. */
    public static final int MOST_STARS = 2;

    private Glob() {}

    public static long stars(String pattern) {
        return pattern.chars().filter(c -> c == '*').count();
    }

    /**
     * Returns whether the pattern matches the whole text.
     *
     * @throws IllegalArgumentException if the pattern has more than {@link #MOST_STARS} stars
     */
    public static boolean matches(String pattern, String text) {
        Require.that(stars(pattern) <= MOST_STARS, "too many '*' in '%s'", pattern);
        var first = pattern.indexOf('*');
        if (first < 0) {
            return pattern.equals(text);
        }
        var last = pattern.lastIndexOf('*');
        var begin = pattern.substring(0, first);
        var end = pattern.substring(last + 1);
        if (text.length() < begin.length() + end.length()
                || !text.startsWith(begin)
                || !text.endsWith(end)) {
            return false;
        }
        var middle = first == last ? "" : pattern.substring(first + 1, last);
        return text.substring(begin.length(), text.length() - end.length()).contains(middle);
    }
}
