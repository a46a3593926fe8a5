package io.autoserve.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * States when each certificate of the platform expires, and decides whether that is too soon. The
 * keeper renews a part's certificate when 30 days are left, so a certificate with less than 14 days
 * shows that the keeper does not work. Only an operator can replace the authority.
 *
 * @param ends the end of each certificate by the name of its part, {@code api} for the API's TLS
 *     port and {@code authority} for the authority
 */
public record Expirations(Map<String, Instant> ends) {
    private static final String AUTHORITY = "authority";
    private static final Duration PART = Duration.ofDays(14);
    private static final Duration WHOLE = Duration.ofDays(365);

    public Expirations {
        ends = Map.copyOf(ends);
    }

    static final Expirations UNKNOWN = new Expirations(Map.of());

    /**
     * Reads the lines of the keeper's file {@code expiry}: a name, and the end in seconds since
     * 1970.
     *
     * @throws RuntimeException if a line has another form
     */
    static Expirations parse(List<String> lines) {
        return new Expirations(
                lines.stream()
                        .map(line -> line.split(" ", -1))
                        .collect(
                                Collectors.toMap(
                                        words -> words[0],
                                        words -> Instant.ofEpochSecond(Long.parseLong(words[1])))));
    }

    /** Returns how long the certificate that expires first is still valid. */
    public Optional<Duration> first(Instant now) {
        return ends.values().stream()
                .min(Comparator.naturalOrder())
                .map(end -> Duration.between(now, end));
    }

    /** Returns a clause for operators about the certificates that expire too soon. */
    public Optional<String> problem(Instant now) {
        if (ends.isEmpty()) {
            return Optional.of(
                    "the authority has not reported when certificates expire: check its container");
        }
        var soon = new TreeMap<>(ends);
        soon.entrySet()
                .removeIf(it ->
                        it.getValue()
                                .isAfter(now.plus(it.getKey().equals(AUTHORITY) ? WHOLE : PART)));
        if (soon.isEmpty()) {
            return Optional.empty();
        }
        var list =
                soon.entrySet().stream()
                        .map(it ->
                                "%s in %d days"
                                        .formatted(
                                                it.getKey(),
                                                Duration.between(now, it.getValue()).toDays()))
                        .collect(Collectors.joining(", "));
        return Optional.of(
                "these certificates expire: %s. %s"
                        .formatted(
                                list,
                                soon.containsKey(AUTHORITY)
                                        ? "Run './autoserve platform rotate-ca'"
                                        : "Check the container of the authority, which renews all except an api.crt of your own"));
    }
}
