package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A host that is served with TLS. Which app answers under it, the apps' routing says.
 *
 * @param host in lower case; {@code *.} in front stands for one label
 * @param redirect whether it takes no requests without TLS
 * @param hsts whether browsers are told to remember that for a year
 * @param version of its certificate, from 1; 0 before the first
 * @param validity null: it has no certificate yet
 * @param failures orders in a row that failed
 * @param retryAt when it is ordered next, whatever the validity says; null: the validity decides
 * @param warnedAt when operators were told last that it expires soon
 * @param trouble why the last order failed
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

    /** When a certificate is ordered next; null: never, an operator brings them. */
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

        /** After two thirds of its lifetime: a third is left for whatever fails. */
        public Instant renewAt() {
            return notBefore.plus(
                    Duration.between(notBefore, notAfter).multipliedBy(2).dividedBy(3));
        }
    }
}
