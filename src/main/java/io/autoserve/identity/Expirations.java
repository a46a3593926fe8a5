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
 * States when each certificate of the platform expires, and decides whether that is too soon.
 *
 * @param ends the end of each certificate by the name of its part, {@code api} for the API's TLS
 *     port and {@code authority} for the authority
 */
public record Expirations(Map<String, Instant> ends) {
    /**
     * A part's certificate expires too soon if it is valid for less time than this. The authority
     * renews a certificate when 30 days are left, so less than 14 days means that renewal fails.
     */
    public static final Duration PART_NOTICE = Duration.ofDays(14);

    /**
     * The authority expires too soon if it is valid for less time than this. An operator replaces
     * it, and has to give the new one to clients.
     */
    public static final Duration AUTHORITY_NOTICE = Duration.ofDays(365);

    private static final String AUTHORITY = "authority";

    public Expirations {
        ends = Map.copyOf(ends);
    }

    static final Expirations UNKNOWN = new Expirations(Map.of());

    /**
     * Reads the lines of the file {@code expiry}, which the platform's authority writes: a name,
     * and the end in seconds since 1970.
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
                                .isAfter(
                                        now.plus(
                                                it.getKey().equals(AUTHORITY)
                                                        ? AUTHORITY_NOTICE
                                                        : PART_NOTICE)));
        if (soon.isEmpty()) {
            return Optional.empty();
        }
        var list =
                soon.entrySet().stream()
                        .map(it -> clause(it.getKey(), Duration.between(now, it.getValue())))
                        .collect(Collectors.joining(", "));
        return Optional.of(
                "certificates are not renewed in time: %s. %s"
                        .formatted(
                                list,
                                soon.containsKey(AUTHORITY)
                                        ? "Run './autoserve platform rotate-ca'"
                                        : "Check the container of the authority, which renews all except an api.crt of your own"));
    }

    private static String clause(String name, Duration left) {
        return left.isNegative()
                ? name + " has expired"
                : "%s expires in %d days".formatted(name, left.toDays());
    }
}
