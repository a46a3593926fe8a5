package io.autoserve.proxy;

import java.net.URI;
import java.util.Optional;

/**
 * The process of the running nginx: its reload and its address. Calls may block; they have
 * deadlines.
 */
public interface ProxyProcess {

    /** Makes nginx read its configuration and the token again, by the signal HUP. */
    void reload();

    /**
     * Returns whether nginx is running. A frozen nginx counts as running. An nginx that is not
     * running sends no requests.
     *
     * @throws RuntimeException if it is not known whether nginx is running
     */
    boolean isRunning();

    /**
     * Returns the address of the admin port (8081) as {@code http://host:port}. Empty while nginx
     * is not running.
     */
    Optional<URI> adminAddress();
}
