package io.autoserve;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.autoserve.health.CommandProbe;
import io.autoserve.identity.IdentityFolder;
import io.autoserve.model.Event;
import io.autoserve.model.Image;
import io.autoserve.platform.FirewallWatch;
import io.autoserve.platform.FrontDoorWatch;
import io.autoserve.proxy.Nginx;
import io.autoserve.proxy.NginxManager;
import io.autoserve.proxy.Proxies;
import io.autoserve.proxy.ProxyProcess;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerStreams;
import io.autoserve.runtime.DockerRuntime;
import io.autoserve.runtime.Engine;
import io.autoserve.runtime.InstanceNetwork;
import io.autoserve.runtime.PlatformContainers;
import io.autoserve.time.Time;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Holds the two systems that the leader changes: Docker, which runs the instances, and nginx, which
 * passes requests to them.
 */
final class DataPlane implements AutoCloseable {
    private static final int PROXY_ADMIN_PORT = 8081;

    /**
     * The runtime for reads and probes. Changes to containers must use a runtime from {@link
     * #hands}.
     */
    final ContainerRuntime runtime;

    final ContainerStreams streams;

    /** All nginx that the leader configures. They must be deployed before they are used. */
    final List<NginxManager> nginxManagers;

    /** All nginx as one. */
    final Nginx nginx;

    private final String installation;
    private final Engine engine;
    private final Function<Engine, ContainerRuntime> runtimeOn;

    /**
     * @param measured wraps a runtime so that its calls are measured
     * @param imageFetched called with each image that was not on the engine before
     * @param identity proves to nginx that this is a controller; null if nginx's admin port has no
     *     TLS
     * @throws RuntimeException if Docker or the network is not available
     */
    DataPlane(
            Settings settings,
            UnaryOperator<ContainerRuntime> measured,
            RandomGenerator random,
            Consumer<Image> imageFetched,
            @Nullable IdentityFolder identity,
            Time time) {
        installation = settings.installation();
        engine = new Engine(URI.create(settings.dockerSocket()));
        var network =
                new InstanceNetwork(engine, installation, settings.network(), settings.subnet());
        network.ensure();
        streams = new ContainerStreams(URI.create(settings.dockerSocket()));
        runtimeOn =
                on ->
                        measured.apply(
                                new DockerRuntime(
                                        on,
                                        installation,
                                        network,
                                        settings.registries(),
                                        imageFetched));
        runtime = runtimeOn.apply(engine);
        var verified =
                identity == null
                        ? null
                        : new NginxManager.Verified(identity, settings.installation() + "-nginx");
        var proxies = new LinkedHashMap<String, NginxManager>();
        for (var number = 1; number <= settings.proxies(); number++) {
            proxies.put(
                    Settings.numbered(settings.proxyContainer(), number),
                    new NginxManager(
                            folder(settings, number), process(settings, number), random, verified));
        }
        for (var number = settings.proxies() + 1; number <= Settings.MAX_PROXIES; number++) {
            NginxManager.forget(folder(settings, number));
        }
        nginxManagers = List.copyOf(proxies.values());
        nginx = nginxManagers.size() == 1 ? nginxManagers.getFirst() : new Proxies(proxies, time);
    }

    private static Path folder(Settings settings, int number) {
        var first = settings.proxyFolder();
        return number == 1 ? first : first.resolve("nginx-" + number);
    }

    /**
     * Returns a runtime for changes. It checks {@code leads} right before each request that changes
     * something.
     */
    ContainerRuntime hands(BooleanSupplier leads) {
        return runtimeOn.apply(engine.whilst(leads));
    }

    /**
     * Returns the watch over the firewall. It may start its container only while {@code leads}
     * returns true.
     *
     * @param confirmed called when the firewall reports for the first time that its rules are in
     *     place, if starts wait for this
     */
    FirewallWatch firewall(String container, BooleanSupplier leads, Runnable confirmed) {
        return new FirewallWatch(
                container,
                () -> new PlatformContainers(engine, installation).condition(container),
                () -> new PlatformContainers(engine.whilst(leads), installation).start(container),
                leads,
                confirmed,
                uptime(),
                System::nanoTime);
    }

    /** Returns how long this machine has been running. It is zero if the kernel does not say so. */
    private static Duration uptime() {
        try {
            var seconds = Files.readString(Path.of("/proc/uptime"), US_ASCII).split(" ", -1)[0];
            return Duration.ofSeconds((long) Double.parseDouble(seconds));
        } catch (IOException | NumberFormatException unknown) {
            return Duration.ZERO;
        }
    }

    /**
     * Returns the watch over the platform's published addresses. It may change containers and
     * record events only while {@code leads} returns true.
     *
     * @param note records an event
     */
    FrontDoorWatch frontDoor(
            String container, BooleanSupplier leads, BiConsumer<Event.Type, String> note) {
        var reading = new PlatformContainers(engine, installation);
        var changing = new PlatformContainers(engine.whilst(leads), installation);
        return new FrontDoorWatch(
                installation,
                container,
                () -> reading.condition(container),
                new FrontDoorWatch.Hands(
                        () -> changing.start(container), reading::started, changing::restart, note),
                leads,
                System::nanoTime);
    }

    private ProxyProcess process(Settings settings, int number) {
        var containers = new PlatformContainers(engine, installation);
        var name = Settings.numbered(settings.proxyContainer(), number);
        var tls = settings.tls();
        return new ProxyProcess() {
            @Override
            public void reload() {
                containers.signal(name, "HUP");
            }

            @Override
            public boolean isRunning() {
                return containers.isRunning(name);
            }

            @Override
            public Optional<URI> adminAddress() {
                if (tls != null) {
                    return Optional.of(URI.create("https://" + tls.proxyAdmins().get(number - 1)));
                }
                return containers
                        .address(name)
                        .map(address ->
                                URI.create("http://%s:%d".formatted(address, PROXY_ADMIN_PORT)));
            }
        };
    }

    CommandProbe.Result probe(
            String container, List<String> command, Duration timeout, Runnable accepted) {
        var ended = runtime.execute(container, command, timeout, accepted);
        return new CommandProbe.Result(ended.exitCode(), ended.output());
    }

    /** Closes the connections to Docker. Containers keep running. */
    @Override
    public void close() {
        streams.close();
        engine.close();
    }
}
