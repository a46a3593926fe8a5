package io.autoserve.certificates;

import io.autoserve.model.Domain;
import io.autoserve.model.Domain.Source;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decides which certificates to order or to warn about now, and which hosts a certificate covers.
 */
public final class Renewal {
    private static final Duration WARNING = Duration.ofDays(7);
    private static final Duration BETWEEN_WARNINGS = Duration.ofDays(1);
    private static final Duration FIRST_RETRY = Duration.ofMinutes(1);
    private static final Duration LAST_RETRY = Duration.ofHours(6);

    private Renewal() {}

    /** An action that is due. */
    public sealed interface Due {
        Domain domain();

        String reason();

        record Order(Domain domain, String reason) implements Due {}

        record Warn(Domain domain, String reason) implements Due {}
    }

    public static List<Due> due(Collection<Domain> domains, Instant now) {
        var due = new ArrayList<Due>();
        for (var domain : domains) {
            var orderAt = domain.orderAt();
            if (orderAt != null && !now.isBefore(orderAt)) {
                due.add(new Due.Order(domain, orderReason(domain)));
            }
            var left = left(domain, now);
            if (left != null && endsUnrenewed(domain, left) && !warnedLately(domain, now)) {
                due.add(new Due.Warn(domain, warning(domain, left)));
            }
        }
        return due;
    }

    /**
     * Returns the wait after this many failures. It starts at 1 min and doubles with each failure,
     * up to 6 h.
     */
    public static Duration backOff(int failures) {
        var doubled = FIRST_RETRY.multipliedBy(1L << Math.clamp(failures - 1L, 0, 20));
        return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    /**
     * Returns whether a certificate for these names is valid for the host (RFC 6125, section 6.4).
     */
    public static boolean covers(Collection<String> names, String host) {
        var dot = host.indexOf('.');
        var siblings = dot < 0 ? host : "*" + host.substring(dot);
        return names.stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .anyMatch(name -> name.equals(host) || name.equals(siblings));
    }

    private static String orderReason(Domain domain) {
        if (domain.failures() > 0) {
            return "retrying after %d failures".formatted(domain.failures());
        }
        var validity = domain.validity();
        return validity == null
                ? "the domain has no certificate yet"
                : "two thirds of the certificate's lifetime have passed; it expires at "
                        + validity.notAfter();
    }

    private static @Nullable Duration left(Domain domain, Instant now) {
        var validity = domain.validity();
        return validity == null ? null : Duration.between(now, validity.notAfter());
    }

    /**
     * Returns whether the certificate ends soon and is not being renewed. Some authorities issue
     * certificates that last less than a week; those are renewed without a warning.
     */
    private static boolean endsUnrenewed(Domain domain, Duration left) {
        return left.compareTo(WARNING) < 0
                && (domain.source() == Source.UPLOADED || domain.failures() > 0);
    }

    private static boolean warnedLately(Domain domain, Instant now) {
        var warned = domain.warnedAt();
        return warned != null && warned.plus(BETWEEN_WARNINGS).isAfter(now);
    }

    private static String warning(Domain domain, Duration left) {
        var when = left.isNegative() ? "has expired" : "expires in %d h".formatted(left.toHours());
        return switch (domain.source()) {
            case UPLOADED ->
                    "the certificate of %s %s: upload a new one with 'autoserve domain add'"
                            .formatted(domain.host(), when);
            case ACME ->
                    "the certificate of %s %s and could not be renewed: %s"
                            .formatted(domain.host(), when, domain.trouble());
        };
    }
}
