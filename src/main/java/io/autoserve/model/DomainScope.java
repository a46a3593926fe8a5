package io.autoserve.model;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The hosts that a token may give to apps.
 *
 * @param patterns 1 to 50 hosts in lower case. {@code *.example.com} stands for all names below
 *     example.com, at any depth, but not for example.com itself. {@code *} stands for all hosts
 */
public record DomainScope(List<String> patterns) {
    private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    private static final Pattern VALID =
            Pattern.compile("\\*|(\\*\\.)?%s(\\.%s)*".formatted(LABEL, LABEL));

    public static final DomainScope EVERYTHING = new DomainScope(List.of("*"));

    public DomainScope {
        Require.that(!patterns.isEmpty(), "at least one domain is required");
        Require.that(
                patterns.size() <= 50, "at most 50 domains are allowed, had %d", patterns.size());
        for (var pattern : patterns) {
            Require.that(
                    pattern.length() <= 253 && VALID.matcher(pattern).matches(),
                    "a domain must be a host name in lower case like 'shop.example.com' or '*.shop.example.com', was '%s'",
                    pattern);
        }
        patterns = List.copyOf(patterns);
    }

    public boolean everything() {
        return patterns.contains("*");
    }

    /**
     * Returns whether the scope includes the host, or all hosts that the wildcard {@code host}
     * stands for.
     */
    public boolean covers(String host) {
        return everything() || patterns.stream().anyMatch(pattern -> includes(pattern, host));
    }

    /**
     * Returns whether {@code host} is the same as {@code wider}, or is below the wildcard {@code
     * wider}. Both may be wildcards.
     */
    public static boolean includes(String wider, String host) {
        return wider.equals(host) || (wider.startsWith("*.") && host.endsWith(wider.substring(1)));
    }

    @Override
    public String toString() {
        return String.join(", ", patterns);
    }
}
