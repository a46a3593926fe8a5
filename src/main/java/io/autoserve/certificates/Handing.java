package io.autoserve.certificates;

import io.autoserve.model.Hidden;
import io.autoserve.model.Version;

/** Hands certificates to whoever does the handshakes. */
public interface Handing {

    /**
     * Returns once every handshake is done by these.
     *
     * @param document as nginx reads it, with its version
     * @throws RuntimeException where that is not so
     */
    void hand(Version version, Hidden document);
}
