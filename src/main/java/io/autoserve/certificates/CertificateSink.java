package io.autoserve.certificates;

import io.autoserve.model.Hidden;
import io.autoserve.model.Version;

/** Hands certificates to the proxy, which does the TLS handshakes. */
public interface CertificateSink {

    /**
     * Sends the certificates. Returns once every new handshake uses them.
     *
     * @param document the certificates in the form that nginx reads, with their version
     * @throws RuntimeException if the proxy did not accept them
     */
    void hand(Version version, Hidden document);
}
