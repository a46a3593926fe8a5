package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Domain;
import io.autoserve.model.Hidden;
import io.autoserve.model.TlsChoices;
import io.vertx.core.Future;
import java.util.List;

/** Reads and changes the domains, which are the hosts that are served with TLS. */
public interface Domains {

    /** Returns all domains, sorted by host. */
    Future<List<DomainStatus>> all();

    /**
     * Stores an uploaded certificate. Refused as invalid if the certificate does not match the host
     * or the key, or has expired.
     *
     * @param certificate the chain in PEM, beginning with the host's own certificate
     */
    Future<DomainStatus> upload(
            String host, TlsChoices choices, String certificate, Hidden key, By by);

    /** Orders a certificate now, and renews it in time. */
    Future<DomainStatus> order(String host, TlsChoices choices, By by);

    Future<DomainStatus> remove(String host, By by);

    /**
     * @param apps the apps whose routing names the domain
     */
    record DomainStatus(Domain domain, List<String> apps) {}
}
