package io.autoserve.runtime;

import static java.util.Objects.requireNonNull;

import com.github.dockerjava.api.command.HealthStateLog;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import com.github.dockerjava.api.model.RestartPolicy;
import io.autoserve.model.Sha256;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.Execution;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Manages the containers that AutoServe itself consists of, such as nginx, but not those of apps.
 */
public final class PlatformContainers {
    /** More time than any part of the platform has to end; see docker-compose.yml. */
    private static final Duration RESTART_GRACE = Duration.ofSeconds(30);

    private final Engine engine;
    private final String installation;
    private final Containers containers;
    private final Processes processes;

    public PlatformContainers(Engine engine, String installation) {
        this.engine = engine;
        this.installation = installation;
        this.containers = new Containers(engine);
        this.processes = new Processes(engine);
    }

    /**
     * @param address a fixed address in {@code network}, or null for any
     * @param restarts whether the engine restarts the container when it ends and after a reboot
     */
    public record Spec(
            String name,
            String image,
            List<PublishedPort> ports,
            List<Folder> folders,
            Map<String, String> environment,
            List<String> command,
            String network,
            @Nullable String address,
            boolean restarts,
            Map<String, String> labels) {
        public Spec {
            ports = List.copyOf(ports);
            folders = List.copyOf(folders);
            environment = new TreeMap<>(environment); // sorted, so that the hash is stable
            command = List.copyOf(command);
            labels = new TreeMap<>(labels);
        }

        /** Returns a hash that changes whenever the image or any field changes. */
        String hash(String imageId) {
            return Sha256.hex((imageId + this).getBytes(StandardCharsets.UTF_8), 16);
        }
    }

    /**
     * @param hostAddress address of the machine, such as 127.0.0.1, or 0.0.0.0 for all its
     *     addresses
     */
    public record PublishedPort(String hostAddress, int hostPort, int containerPort) {}

    /** A folder of the machine that is mounted in a container. */
    public record Folder(Path host, String inside, boolean readOnly) {}

    /**
     * Creates and starts the container unless it already runs with this spec and image. If another
     * container has the name and belongs to this installation, it is replaced.
     *
     * @return its address in {@code spec.network()}
     * @throws EngineException also if a container of that name does not belong to this
     *     installation, or if the new container ends at once
     */
    public String ensure(Spec spec) {
        var hash = spec.hash(imageId(spec.image()));
        var present = containers.named(spec.name());
        present.ifPresent(found -> requireOurs(found, spec));
        if (present.filter(found -> runs(found, hash)).isEmpty()) {
            present.ifPresent(found -> containers.remove(found.getId()));
            start(spec, create(spec, hash));
        }
        return address(spec.name())
                .orElseThrow(() ->
                        new EngineException(
                                "%1$s exited at once: check its log (docker logs %1$s)"
                                        .formatted(spec.name()),
                                null));
    }

    private String imageId(String image) {
        return engine.call(
                "inspect image '" + image + "'",
                client -> {
                    try {
                        return requireNonNull(client.inspectImageCmd(image).exec().getId());
                    } catch (NotFoundException _) {
                        throw new EngineException(
                                "image '%s' not found on this machine: build it first"
                                        .formatted(image),
                                null);
                    }
                });
    }

    private void requireOurs(Container found, Spec spec) {
        if (!installation.equals(found.getLabels().get(Labels.INSTALLATION))) {
            throw new EngineException(
                    "a container named '%1$s' exists and does not belong to installation '%2$s': rename or remove it (docker rm -f %1$s)"
                            .formatted(spec.name(), installation),
                    null);
        }
    }

    private static boolean runs(Container found, String hash) {
        return found.getState().equals("running")
                && hash.equals(found.getLabels().get(Labels.CONFIG));
    }

    private String create(Spec spec, String hash) {
        var labels = new HashMap<>(spec.labels());
        labels.put(Labels.INSTALLATION, installation);
        labels.put(Labels.CONFIG, hash);
        return engine.change(
                "create " + spec.name(),
                Duration.ZERO,
                client -> {
                    var command =
                            client.createContainerCmd(spec.image())
                                    .withName(spec.name())
                                    .withLabels(labels)
                                    .withEnv(
                                            spec.environment().entrySet().stream()
                                                    .map(e -> e.getKey() + "=" + e.getValue())
                                                    .toList())
                                    .withExposedPorts(
                                            spec.ports().stream()
                                                    .map(PublishedPort::containerPort)
                                                    .map(ExposedPort::tcp)
                                                    .toList())
                                    .withHostConfig(hostConfig(spec));
                    if (spec.address() != null) {
                        command.withIpv4Address(spec.address());
                    }
                    if (!spec.command().isEmpty()) {
                        command.withCmd(spec.command());
                    }
                    return command.exec().getId();
                },
                () -> containers.named(spec.name()).map(Container::getId));
    }

    private static HostConfig hostConfig(Spec spec) {
        return HostConfig.newHostConfig()
                .withNetworkMode(spec.network())
                .withRestartPolicy(
                        spec.restarts()
                                ? RestartPolicy.unlessStoppedRestart()
                                : RestartPolicy.noRestart())
                .withLogConfig(Blueprint.LOG)
                .withSecurityOpts(List.of("no-new-privileges"))
                .withPortBindings(spec.ports().stream().map(PlatformContainers::binding).toList())
                .withMounts(spec.folders().stream().map(PlatformContainers::mount).toList());
    }

    private static PortBinding binding(PublishedPort port) {
        return new PortBinding(
                Binding.bindIpAndPort(port.hostAddress(), port.hostPort()),
                ExposedPort.tcp(port.containerPort()));
    }

    private static Mount mount(Folder folder) {
        return new Mount()
                .withType(MountType.BIND)
                .withSource(folder.host().toAbsolutePath().toString())
                .withTarget(folder.inside())
                .withReadOnly(folder.readOnly());
    }

    private void start(Spec spec, String id) {
        engine.change(
                "start " + spec.name(),
                Duration.ZERO,
                client -> {
                    try {
                        client.startContainerCmd(id).exec();
                        return true;
                    } catch (DockerException refusal) {
                        client.removeContainerCmd(id).withForce(true).exec();
                        throw takenPort(spec, Engine.words(refusal)).orElseThrow(() -> refusal);
                    }
                },
                () -> containers.withId(id).filter(Containers::begun).map(_ -> true));
    }

    /**
     * Finds out from Docker's message which port is in use. The message names the port in one of
     * several forms, always after a colon.
     */
    private static Optional<EngineException> takenPort(Spec spec, String words) {
        if (!words.contains("address already in use")
                && !words.contains("port is already allocated")) {
            return Optional.empty();
        }
        return spec.ports().stream()
                .filter(port ->
                        words.contains(":" + port.hostPort() + ":")
                                || words.contains(":" + port.hostPort() + " "))
                .findFirst()
                .map(port ->
                        new EngineException(
                                "port %d on %s is in use: stop the program that listens there (ss -ltnp) or choose another port for %s"
                                        .formatted(
                                                port.hostPort(), port.hostAddress(), spec.name()),
                                null));
    }

    /**
     * Removes every container of this installation, including those of apps, and its networks.
     * Volumes stay.
     */
    public void removeAll() {
        var ours = Labels.INSTALLATION + "=" + installation;
        containers.labelled(ours).forEach(found -> containers.remove(found.getId()));
        engine.call(
                        "list networks",
                        client ->
                                client.listNetworksCmd().withFilter("label", List.of(ours)).exec())
                .forEach(network ->
                        engine.tell(
                                "remove network '" + network.getName() + "'",
                                client -> client.removeNetworkCmd(network.getId()).exec()));
    }

    /** Returns the container's address. Empty unless the container runs. */
    public Optional<String> address(String name) {
        return containers.named(name).flatMap(Labels::address);
    }

    /**
     * Returns whether the container has a process, which may be paused. It asks for this container
     * alone, because a list of containers may leave one out.
     */
    public boolean isRunning(String name) {
        return engine.call(
                "inspect " + name,
                client -> {
                    try {
                        var state = client.inspectContainerCmd(name).exec().getState();
                        return Boolean.TRUE.equals(state.getRunning())
                                && !Boolean.TRUE.equals(state.getRestarting());
                    } catch (NotFoundException _) {
                        return false;
                    }
                });
    }

    /**
     * The state of a container and the result of its last health check.
     *
     * @param health Docker's word for it, such as {@code unhealthy} or {@code starting}; empty if
     *     the container has no check
     * @param output the text that the last check printed
     */
    public record Condition(boolean running, String health, String output) {}

    /** Returns the container's condition. Empty if there is no container of that name. */
    public Optional<Condition> condition(String name) {
        return engine.call(
                "inspect " + name,
                client -> {
                    try {
                        return Optional.of(
                                condition(client.inspectContainerCmd(name).exec().getState()));
                    } catch (NotFoundException _) {
                        return Optional.empty();
                    }
                });
    }

    private static Condition condition(ContainerState state) {
        var running = Boolean.TRUE.equals(state.getRunning());
        var health = state.getHealth();
        if (health == null) {
            return new Condition(running, "", "");
        }
        var checks = Objects.requireNonNullElse(health.getLog(), List.<HealthStateLog>of());
        var output = checks.isEmpty() ? "" : checks.getLast().getOutput();
        return new Condition(
                running,
                Objects.requireNonNullElse(health.getStatus(), ""),
                Objects.requireNonNullElse(output, ""));
    }

    /**
     * Returns Docker's time of the container's last start, as a text that only equals that of the
     * same start. Empty if there is no container of that name.
     */
    public Optional<String> started(String name) {
        return engine.call(
                "inspect " + name,
                client -> {
                    try {
                        var state = client.inspectContainerCmd(name).exec().getState();
                        return Optional.ofNullable(state.getStartedAt());
                    } catch (NotFoundException _) {
                        return Optional.empty();
                    }
                });
    }

    /** Starts an existing container. Succeeds if it already runs. */
    public void start(String name) {
        engine.tell(
                "start " + name,
                client -> {
                    try {
                        client.startContainerCmd(name).exec();
                    } catch (NotModifiedException _) {
                        // It runs already.
                    }
                });
    }

    /**
     * Restarts a running container, so that Docker publishes its ports again. Returns when it runs
     * again.
     */
    public void restart(String name) {
        engine.change(
                "restart " + name,
                RESTART_GRACE,
                client -> {
                    client.restartContainerCmd(name).exec();
                    return true;
                },
                Optional::empty);
    }

    /** Returns whether the container publishes this port of the machine now. */
    public boolean publishes(String name, int hostPort) {
        return containers.named(name).stream()
                .flatMap(found -> Arrays.stream(found.getPorts()))
                .anyMatch(port -> Objects.equals(port.getPublicPort(), hostPort));
    }

    /** Sends a signal such as {@code HUP} to the container. */
    public void signal(String name, String signal) {
        engine.tell(
                "send %s to %s".formatted(signal, name),
                client -> client.killContainerCmd(name).withSignal(signal).exec());
    }

    public Execution execute(String name, List<String> command, Duration timeout) {
        return processes.run(name, command, timeout, () -> {});
    }
}
