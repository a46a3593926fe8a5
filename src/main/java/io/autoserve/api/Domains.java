package io.autoserve.api;

import io.autoserve.model.Domain;
import io.autoserve.model.Hidden;
import io.vertx.core.Future;
import java.util.List;

/** What may be asked about hosts that are served with TLS. */
public interface Domains {

    /** By host. */
    Future<List<Told>> all();

    /**
     * Refused as invalid where the certificate does not fit the host or the key, or is over.
     *
     * @param certificate in PEM, the host's own first
     */
    Future<Told> upload(String host, Choices choices, String certificate, Hidden key, String actor);

    /** Has certificates ordered, now and in time. */
    Future<Told> order(String host, Choices choices, String actor);

    Future<Told> remove(String host, String actor);

    /**
     * @param redirect whether requests without TLS are sent to where there is
     * @param hsts whether browsers are told to remember that for a year
     */
    record Choices(boolean redirect, boolean hsts) {}

    /**
     * @param apps whose routing names it
     */
    record Told(Domain domain, List<String> apps) {}
}
