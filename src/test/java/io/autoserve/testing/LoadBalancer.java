package io.autoserve.testing;

import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.HOURS;

import io.autoserve.runtime.PlatformContainers;
import io.autoserve.runtime.PlatformContainers.Folder;
import io.autoserve.runtime.PlatformContainers.PublishedPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Runs the controllers' load balancer in a container, with one port for HTTP and one for TLS.
 *
 * @param authority the file with the certificate of the authority, in PEM, which signed the load
 *     balancer's certificate
 */
public record LoadBalancer(int port, int tlsPort, Path authority) {

    static LoadBalancer start(
            PlatformContainers containers,
            String network,
            List<URI> controllers,
            Path folder,
            int port,
            int tlsPort) {
        var secrets = certified(folder.resolve("balancer"));
        containers.ensure(
                new PlatformContainers.Spec(
                        network + "-controller-lb",
                        "localhost/autoserve/nginx",
                        List.of(
                                new PublishedPort("127.0.0.1", port, 8000),
                                new PublishedPort("127.0.0.1", tlsPort, 8443)),
                        List.of(new Folder(secrets, "/run/autoserve", true)),
                        Map.of(
                                "AUTOSERVE_CONTROLLERS",
                                String.join(
                                        " ", controllers.stream().map(URI::getAuthority).toList())),
                        List.of("nginx", "-c", "/etc/nginx/controller-lb/nginx.conf"),
                        network,
                        null,
                        false,
                        Map.of()));
        return new LoadBalancer(port, tlsPort, secrets.resolve("ca.crt"));
    }

    private static Path certified(Path folder) {
        var authority = new Authority();
        var now = Instant.now();
        var issued = authority.issue(now.minus(1, HOURS), now.plus(1, DAYS), "localhost");
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("api.crt"), issued.chain());
            Files.writeString(folder.resolve("api.key"), issued.key().reveal());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        authority.write(folder.resolve("ca.crt"));
        return folder;
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public String tlsUrl() {
        return "https://localhost:" + tlsPort;
    }
}
