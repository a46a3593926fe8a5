package io.autoserve.runtime;

import static java.util.Objects.requireNonNull;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Info;
import io.autoserve.model.Container;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.model.LogLine;
import io.autoserve.model.NodeSize;
import io.autoserve.model.RegistryRules;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the containers of instances on one Docker Engine.
 *
 * <p>Volume {@code data} of app {@code shop} is the Docker volume {@code <installation>.shop.data}.
 * The parts are joined by '.' because names may contain '-', so with '-' two apps could share a
 * volume. Volumes outlive their containers; nothing in this class removes them.
 *
 * <p>Containers run under Docker's init process. It reaps zombies, and a program that does not
 * handle SIGTERM ends at once instead of after the whole grace.
 */
public final class DockerRuntime implements ContainerRuntime {
    private static final int ADDRESSES = 100;
    private static final int LAST_LINES = 500;

    /**
     * How long to wait while the name of a container is taken although the engine does not list the
     * container. This happens while another call is creating or removing it.
     */
    private static final Duration NO_PROGRESS = Duration.ofMinutes(5);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final Engine engine;
    private final String installation;
    private final InstanceNetwork network;
    private final Blueprint blueprint;
    private final Containers containers;
    private final Images images;
    private final Processes processes;
    private final Logs logs;
    private final Usages usages;
    private volatile @Nullable String node;
    private volatile @Nullable NodeSize nodeSize;

    /**
     * @param engine the engine, which stays open when this runtime is closed
     * @param installation a DNS label
     * @param registries the registries that images may come from
     * @param fetched called with each image that the engine did not have before
     */
    public DockerRuntime(
            Engine engine,
            String installation,
            InstanceNetwork network,
            RegistryRules registries,
            Consumer<Image> fetched) {
        this.engine = engine;
        this.installation = installation;
        this.network = network;
        this.blueprint = new Blueprint(installation, network.name());
        this.containers = new Containers(engine);
        this.images = new Images(engine, registries, fetched);
        this.processes = new Processes(engine);
        this.logs = new Logs(engine);
        this.usages = new Usages(engine, new Cgroups(Cgroups.ROOTS));
    }

    @Override
    public String node() {
        var known = node;
        if (known == null) {
            known =
                    engine.call(
                            "report its name",
                            client -> requireNonNull(client.infoCmd().exec().getName()));
            node = known;
        }
        return known;
    }

    @Override
    public NodeSize nodeSize() {
        var known = nodeSize;
        if (known == null) {
            known = engine.call("report its size", client -> size(client.infoCmd().exec()));
            nodeSize = known;
        }
        return known;
    }

    private static NodeSize size(Info info) {
        return new NodeSize(
                requireNonNull(info.getNCPU()),
                requireNonNull(info.getMemTotal()),
                "Docker " + info.getServerVersion());
    }

    @Override
    public List<Container> list() {
        var ours = Labels.INSTALLATION + "=" + installation;
        return containers.labelled(ours).stream()
                .filter(Labels::isOfApp)
                .flatMap(found -> Labels.container(found).stream())
                .toList();
    }

    @Override
    public boolean exists(String containerId) {
        return engine.call(
                "inspect " + containerId,
                client -> {
                    try {
                        client.inspectContainerCmd(containerId).exec();
                        return true;
                    } catch (NotFoundException _) {
                        return false;
                    }
                });
    }

    @Override
    public Container start(Launch launch) {
        var end = System.nanoTime() + NO_PROGRESS.toNanos();
        var taken = 0;
        var pause = FIRST_PAUSE;
        while (taken < ADDRESSES) {
            switch (attempt(launch, network.address(launch.instanceId() + taken))) {
                case Attempt.Runs(var container) -> {
                    return container;
                }
                case Attempt.AddressTaken _ -> taken++;
                case Attempt.NameTaken _ -> {
                    if (System.nanoTime() - end >= 0) {
                        throw new EngineException(
                                "the name %s is taken, but Docker lists no container with it: check Docker's log (journalctl -u docker)"
                                        .formatted(launch.name()),
                                null);
                    }
                    rest(pause);
                    pause = Engine.longer(pause, LONGEST_PAUSE);
                }
            }
        }
        throw new EngineException(
                "%s found no free address in %d attempts: is network '%s' too small?"
                        .formatted(launch.name(), ADDRESSES, network.name()),
                null);
    }

    @Override
    public Container create(Launch launch) {
        return create(launch, network.address(launch.number()))
                .flatMap(containers::withId)
                .map(found -> ours(found, launch))
                .orElseGet(() -> existing(launch));
    }

    /** Returns the container that an earlier call created. */
    private Container existing(Launch launch) {
        var container =
                occupant(launch)
                        .orElseThrow(() ->
                                new OutcomeUnknown(
                                        "the name %s is taken, but Docker does not list its container yet"
                                                .formatted(launch.name())));
        requireNoLaterTerm(container, launch);
        if (!isOf(container, launch)) {
            throw new EngineException(
                    "a container named '%1$s' exists already: remove it (docker rm -f %1$s)"
                            .formatted(launch.name()),
                    null);
        }
        return container;
    }

    @Override
    public boolean begin(String containerId) {
        return engine.change(
                "start " + containerId,
                Duration.ZERO,
                client -> {
                    try {
                        client.startContainerCmd(containerId).exec();
                        return true;
                    } catch (NotModifiedException _) {
                        return true;
                    } catch (DockerException refusal) {
                        if (isAddressTaken(refusal)) {
                            return false;
                        }
                        throw refusal;
                    }
                },
                () -> containers.withId(containerId).filter(Containers::begun).map(_ -> true));
    }

    private sealed interface Attempt {
        record Runs(Container container) implements Attempt {}

        record AddressTaken() implements Attempt {}

        /** The engine is still creating or removing a container of this name for another call. */
        record NameTaken() implements Attempt {}
    }

    private Attempt attempt(Launch launch, String address) {
        return create(launch, address).map(id -> run(launch, id)).orElseGet(() -> adopt(launch));
    }

    /**
     * Tries to create the container without checking first, since the name is usually free and the
     * image is usually there.
     *
     * @return the container's id; empty if the name is taken
     */
    private Optional<String> create(Launch launch, String address) {
        var ofImage = images.healthCheck(launch.image()).orElse(null);
        return engine.change(
                "create " + launch.name(),
                Duration.ZERO,
                client -> {
                    try {
                        var command = client.createContainerCmd(launch.image());
                        return Optional.of(
                                blueprint.fill(command, launch, address, ofImage).exec().getId());
                    } catch (ConflictException _) {
                        return Optional.empty();
                    } catch (NotFoundException e) {
                        if (Engine.words(e).startsWith("No such image")) {
                            throw new ImageMissing(launch.image());
                        }
                        throw e;
                    }
                },
                () -> made(launch) ? Optional.of(Optional.empty()) : Optional.empty());
    }

    private boolean made(Launch launch) {
        return occupant(launch).filter(it -> isOf(it, launch)).isPresent();
    }

    /**
     * Starts the container. Removes it again if Docker refuses to start it, for example because
     * another container has its address.
     */
    private Attempt run(Launch launch, String id) {
        var runs =
                engine.change(
                        "start " + launch.name(),
                        Duration.ZERO,
                        client -> {
                            try {
                                client.startContainerCmd(id).exec();
                                return true;
                            } catch (NotModifiedException _) {
                                return true;
                            } catch (DockerException refusal) {
                                client.removeContainerCmd(id)
                                        .withForce(true)
                                        .withRemoveVolumes(true)
                                        .exec();
                                if (isAddressTaken(refusal)) {
                                    return false;
                                }
                                throw refusal;
                            }
                        },
                        () -> containers.withId(id).filter(Containers::begun).map(_ -> true));
        if (!runs) {
            return new Attempt.AddressTaken();
        }
        return containers
                .withId(id)
                .<Attempt>map(found -> new Attempt.Runs(ours(found, launch)))
                .orElseGet(Attempt.NameTaken::new); // something removed it right after its start
    }

    private static boolean isAddressTaken(DockerException refusal) {
        return Engine.words(refusal).contains("Address already in use");
    }

    /**
     * Adopts the container that already has the name, or removes it if it belongs to another
     * instance.
     */
    private Attempt adopt(Launch launch) {
        var occupant = occupant(launch);
        if (occupant.isEmpty()) {
            return new Attempt.NameTaken();
        }
        var container = occupant.get();
        requireNoLaterTerm(container, launch);
        if (!isOf(container, launch)) {
            remove(container.id());
            return new Attempt.NameTaken();
        }
        return container.state() == Container.State.CREATED
                ? run(launch, container.id()) // an earlier call created but did not start it
                : new Attempt.Runs(container);
    }

    private Optional<Container> occupant(Launch launch) {
        return containers.named(launch.name()).map(found -> ours(found, launch));
    }

    private static void requireNoLaterTerm(Container container, Launch launch) {
        if (container.epoch() > launch.term().epoch()) {
            throw new EngineException(
                    "%s was created in term %d and this is term %d: another controller leads now"
                            .formatted(launch.name(), container.epoch(), launch.term().epoch()),
                    null);
        }
    }

    private static boolean isOf(Container container, Launch launch) {
        return container.task() == launch.task() && container.instanceId() == launch.instanceId();
    }

    private static void rest(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new OutcomeUnknown("interrupted while Docker freed a name");
        }
    }

    private Container ours(com.github.dockerjava.api.model.Container found, Launch launch) {
        return Optional.of(found)
                .filter(f -> installation.equals(f.getLabels().get(Labels.INSTALLATION)))
                .flatMap(Labels::container)
                .orElseThrow(() ->
                        new EngineException(
                                "a container named '%1$s' exists and is not an instance of installation '%2$s': rename or remove it (docker rm -f %1$s)"
                                        .formatted(launch.name(), installation),
                                null));
    }

    @Override
    public Optional<Image> image(String name) {
        return images.find(name);
    }

    @Override
    public String offered(String name, @Nullable String registryAuth) {
        return images.offered(name, registryAuth);
    }

    @Override
    public void pull(Launch launch, Consumer<String> progress) {
        images.pull(launch, progress);
    }

    @Override
    public void stop(String containerId, Duration grace) {
        halt(containerId, grace);
        remove(containerId);
    }

    /** Docker itself unpauses a paused container once it has sent the signal. */
    @Override
    public void halt(String containerId, Duration grace) {
        var seconds = (int) Math.ceilDiv(grace.toMillis(), 1000L);
        engine.change(
                "stop " + containerId,
                grace,
                client -> {
                    try {
                        client.stopContainerCmd(containerId).withTimeout(seconds).exec();
                    } catch (NotFoundException | NotModifiedException _) {
                        // The container has already ended.
                    }
                    return true;
                },
                () -> ended(containerId) ? Optional.of(true) : Optional.empty());
    }

    private boolean ended(String containerId) {
        return containers
                .withId(containerId)
                .flatMap(Labels::container)
                .map(container -> !container.alive())
                .orElse(true);
    }

    @Override
    public void remove(String containerId) {
        containers.remove(containerId);
    }

    @Override
    public boolean forget(Image image) {
        return images.forget(image);
    }

    @Override
    public Ending ending(String containerId) {
        var state =
                engine.call(
                        "inspect " + containerId,
                        client -> client.inspectContainerCmd(containerId).exec().getState());
        return new Ending(
                exitCode(state),
                Boolean.TRUE.equals(state.getOOMKilled()),
                logs.read(containerId, LAST_LINES, null));
    }

    private static @Nullable Integer exitCode(ContainerState state) {
        var runs = Boolean.TRUE.equals(state.getRunning());
        return runs || state.getExitCodeLong() == null ? null : state.getExitCodeLong().intValue();
    }

    @Override
    public Execution execute(
            String containerId, List<String> command, Duration timeout, Runnable accepted) {
        return processes.run(containerId, command, timeout, accepted);
    }

    @Override
    public List<LogLine> logs(String containerId, int tail, @Nullable Instant since) {
        return logs.read(containerId, tail, since);
    }

    @Override
    public Map<String, Usage> usage(Collection<String> containerIds) {
        return usages.of(containerIds);
    }

    @Override
    public Runnable watch(Consumer<String> listener) {
        return EventWatch.start(engine, installation, listener);
    }

    @Override
    public void close() {}
}
