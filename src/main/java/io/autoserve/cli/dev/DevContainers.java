package io.autoserve.cli.dev;

import io.autoserve.Settings;
import io.autoserve.cli.local.LocalPorts;
import io.autoserve.runtime.Engine;
import io.autoserve.runtime.InstanceNetwork;
import io.autoserve.runtime.PlatformContainers;
import io.autoserve.runtime.PlatformContainers.Folder;
import io.autoserve.runtime.PlatformContainers.PublishedPort;
import io.autoserve.runtime.PlatformContainers.Spec;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Starts the nginx container of a dev platform, and removes all containers of the platform for
 * {@code dev --stop}.
 */
record DevContainers(Settings settings) {
    private static final String IMAGE = "localhost/autoserve/nginx";
    private static final String FOLDER_INSIDE = "/var/lib/autoserve/proxy";
    private static final int ADMIN_PORT = 8081;
    private static final int HTTPS_PORT = 443;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    boolean proxyRuns() {
        try (var engine = engine()) {
            return platform(engine).address(settings.proxyContainer()).isPresent();
        }
    }

    /** Starts nginx and returns once it answers. */
    void startProxy(int httpPort) throws InterruptedException, IOException {
        try (var engine = engine()) {
            new InstanceNetwork(
                            engine, settings.installation(), settings.network(), settings.subnet())
                    .ensure();
            var platform = platform(engine);
            awaitAnswer(platform.ensure(proxy(ports(platform, httpPort))));
        }
    }

    void removeAll() {
        try (var engine = engine()) {
            platform(engine).removeAll();
        }
    }

    /**
     * Returns the ports to publish. The port for TLS is included if it is free or this nginx has
     * published it already.
     */
    private List<PublishedPort> ports(PlatformContainers platform, int httpPort) {
        var http = new PublishedPort("0.0.0.0", httpPort, 80);
        return LocalPorts.free(HTTPS_PORT)
                        || platform.publishes(settings.proxyContainer(), HTTPS_PORT)
                ? List.of(http, new PublishedPort("0.0.0.0", HTTPS_PORT, 443))
                : List.of(http);
    }

    private Spec proxy(List<PublishedPort> ports) {
        return new Spec(
                settings.proxyContainer(),
                IMAGE,
                ports,
                List.of(new Folder(settings.proxyFolder(), FOLDER_INSIDE, false)),
                Map.of(),
                List.of(),
                settings.network(),
                settings.subnet().replaceFirst("\\.0/\\d+$", ".2"),
                true,
                Map.of());
    }

    /**
     * Waits until nginx itself answers on the admin port. A request on port 80 would not show this,
     * because nginx may forward it to instances of an earlier run and wait for them.
     */
    private static void awaitAnswer(String host) throws InterruptedException, IOException {
        var address = URI.create("http://%s:%d/alive".formatted(host, ADMIN_PORT)).toURL();
        var start = System.nanoTime();
        while (true) {
            try {
                var connection = (HttpURLConnection) address.openConnection();
                connection.setReadTimeout(1_000);
                connection.getResponseCode();
                return;
            } catch (IOException e) {
                if (System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw e;
                }
                Thread.sleep(25);
            }
        }
    }

    private Engine engine() {
        return new Engine(URI.create(settings.dockerSocket()));
    }

    private PlatformContainers platform(Engine engine) {
        return new PlatformContainers(engine, settings.installation());
    }
}
