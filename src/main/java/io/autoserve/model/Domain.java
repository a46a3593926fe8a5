package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A host that is served with TLS. The routing of the apps decides which app answers requests for
 * the host.
 *
 * @param host in lower case. A leading {@code *.} stands for one label
 * @param redirect whether requests without TLS are redirected
 * @param hsts whether browsers are asked to use only TLS for a year
 * @param version version of the domain's certificate, from 1; 0 before the first certificate
 * @param validity validity of the certificate; null if the domain has none yet
 * @param failures number of failed orders in a row
 * @param retryAt when the next certificate is ordered, even if the present certificate is not due
 *     for renewal; null if {@code validity} decides when to order
 * @param warnedAt when operators were last warned that the certificate expires soon
 * @param trouble the reason why the last order failed
 */
public record Domain(
        String host,
        Source source,
        boolean redirect,
        boolean hsts,
        int version,
        @Nullable Validity validity,
        int failures,
        @Nullable Instant retryAt,
        @Nullable Instant warnedAt,
        @Nullable String trouble,
        String actor,
        Instant changedAt) {

    /**
     * Returns when the next certificate is ordered, or null if an operator uploads the
     * certificates.
     */
    public @Nullable Instant orderAt() {
        if (source == Source.UPLOADED) {
            return null;
        }
        if (retryAt != null) {
            return retryAt;
        }
        return validity == null ? changedAt : validity.renewAt();
    }

    public enum Source {
        UPLOADED,
        ACME
    }

    public record Validity(Instant notBefore, Instant notAfter) {

        /**
         * Returns the time after two thirds of the lifetime. The last third leaves time to retry
         * failed orders.
         */
        public Instant renewAt() {
            return notBefore.plus(
                    Duration.between(notBefore, notAfter).multipliedBy(2).dividedBy(3));
        }
    }
}
