package io.autoserve.proxy;

import java.net.URI;
import java.util.Optional;

/** The running nginx, as far as signals and commands go. Calls may block; they have deadlines. */
public interface ProxyProcess {

    /** Sends HUP. */
    void reload();

    /**
     * Where its admin port (8081) is reached, {@code http://host:port}; empty while it is not
     * running.
     */
    Optional<URI> adminAddress();
}
