package io.autoserve.cli.inspect;

import io.autoserve.cli.client.AppView;
import java.util.Comparator;
import java.util.Optional;

/** Decides at which address a browser reaches an app. */
record AppAddress(AppView app) {
    private static final String LOCAL = ".localhost";

    /**
     * Returns the address, or empty if the app has only wildcard hosts, or none.
     *
     * @param local whether the platform runs on this machine, so that the app's name below
     *     localhost works and is preferred
     * @param port the port of nginx
     */
    Optional<String> at(boolean local, int port) {
        return app.hosts().stream()
                .filter(host -> host.matches("[a-z0-9.-]+")) // never passes other text to a program
                .min(Comparator.comparing(host -> host.endsWith(LOCAL) != local))
                .map(host ->
                        "http://%s%s%s"
                                .formatted(host, port == 80 ? "" : ":" + port, app.pathPrefix()));
    }
}
