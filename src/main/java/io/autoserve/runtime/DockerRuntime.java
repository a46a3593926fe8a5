package io.autoserve.runtime;

import static java.util.Objects.requireNonNull;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.Container;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Instances' containers on one Docker Engine.
 *
 * <p>A volume named {@code data} of app {@code shop} is the engine's volume {@code
 * <installation>.shop.data}: names may hold '-', so '-' between the parts could make two apps share
 * one. Volumes outlive their containers; nothing here removes them.
 *
 * <p>Containers run under Docker's init: it reaps zombies and lets a program that does not handle
 * SIGTERM end at once instead of after the whole grace. The label {@code autoserve.init: "false"}
 * leaves it out, for images that bring their own and must be process 1.
 */
public final class DockerRuntime implements ContainerRuntime {
    private static final int ATTEMPTS = 100;
    private static final int LAST_LINES = 20;
    private static final Duration KILL_MARGIN = Duration.ofSeconds(5);

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

    /**
     * @param engine stays open when this is closed
     * @param installation a DNS label
     * @param fetched told of each image that was not there before
     */
    public DockerRuntime(
            Engine engine, String installation, InstanceNetwork network, Consumer<Image> fetched) {
        this.engine = engine;
        this.installation = installation;
        this.network = network;
        this.blueprint = new Blueprint(installation, network.name());
        this.containers = new Containers(engine);
        this.images = new Images(engine, fetched);
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
                            "tell its name",
                            client -> requireNonNull(client.infoCmd().exec().getName()));
            node = known;
        }
        return known;
    }

    @Override
    public List<Container> list() {
        var ours = Labels.INSTALLATION + "=" + installation;
        return containers.labelled(ours, Labels.INSTANCE).stream()
                .flatMap(found -> Labels.container(found).stream())
                .toList();
    }

    @Override
    public Container start(Launch launch) {
        if (launch.pullPolicy() == PullPolicy.ALWAYS) {
            images.pull(launch);
        }
        for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
            var address = network.address(launch.instanceId() + attempt);
            var started =
                    switch (create(launch, address)) {
                        case Creation.Done(var id) -> run(launch, id);
                        case Creation.NameTaken _ -> adopt(launch);
                        case Creation.ImageMissing _ -> fetch(launch);
                    };
            if (started.isPresent()) {
                return started.get();
            }
        }
        throw new EngineException(
                "%s found no free address in %d attempts: is network '%s' too small?"
                        .formatted(launch.name(), ATTEMPTS, network.name()),
                null);
    }

    private sealed interface Creation {
        record Done(String id) implements Creation {}

        record NameTaken() implements Creation {}

        record ImageMissing() implements Creation {}
    }

    /** Does not look before: mostly the name is free and the image is there. */
    private Creation create(Launch launch, String address) {
        return engine.call(
                "create " + launch.name(),
                client -> {
                    try {
                        var command = client.createContainerCmd(launch.image());
                        var created = blueprint.fill(command, launch, address).exec();
                        return new Creation.Done(created.getId());
                    } catch (ConflictException _) {
                        return new Creation.NameTaken();
                    } catch (NotFoundException e) {
                        if (Engine.words(e).startsWith("No such image")) {
                            return new Creation.ImageMissing();
                        }
                        throw e;
                    }
                });
    }

    /** Empty, and the container is removed, if somebody else has its address. */
    private Optional<Container> run(Launch launch, String id) {
        var runs =
                engine.call(
                        "start " + launch.name(),
                        client -> {
                            try {
                                client.startContainerCmd(id).exec();
                                return true;
                            } catch (NotModifiedException _) {
                                return true;
                            } catch (DockerException refusal) {
                                client.removeContainerCmd(id).withForce(true).exec();
                                if (Engine.words(refusal).contains("Address already in use")) {
                                    return false;
                                }
                                throw refusal;
                            }
                        });
        return runs ? containers.withId(id).map(found -> ours(found, launch)) : Optional.empty();
    }

    /** The one that has the name already; empty if it was in the way and is removed. */
    private Optional<Container> adopt(Launch launch) {
        var occupant = containers.named(launch.name()).map(found -> ours(found, launch));
        if (occupant.isEmpty()) {
            return occupant;
        }
        var container = occupant.get();
        if (container.epoch() > launch.epoch()) {
            throw new EngineException(
                    "%s was made in term %d and this is term %d: another leader has taken over"
                            .formatted(launch.name(), container.epoch(), launch.epoch()),
                    null);
        }
        if (container.instanceId() != launch.instanceId()) {
            remove(container.id());
            return Optional.empty();
        }
        return container.state() == Container.State.CREATED
                ? run(launch, container.id()) // an earlier call got no further
                : occupant;
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

    private Optional<Container> fetch(Launch launch) {
        if (launch.pullPolicy() == PullPolicy.NEVER) {
            throw new EngineException(
                    "image '%s' not found on this engine and its pull policy is NEVER: build or load it, or choose IF_NOT_PRESENT"
                            .formatted(launch.image()),
                    null);
        }
        images.pull(launch);
        return Optional.empty();
    }

    /** The engine itself thaws a frozen container once it has sent the signal. */
    @Override
    public void stop(String containerId, Duration grace) {
        var seconds = (int) Math.ceilDiv(grace.toMillis(), 1000L);
        engine.tell(
                "stop " + containerId,
                grace.plus(KILL_MARGIN),
                client -> {
                    try {
                        client.stopContainerCmd(containerId).withTimeout(seconds).exec();
                    } catch (NotFoundException | NotModifiedException _) {
                        // it ended before
                    }
                });
        remove(containerId);
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
        var lastLines = logs.read(containerId, LAST_LINES, null);
        return new Ending(
                exitCode(state),
                Boolean.TRUE.equals(state.getOOMKilled()),
                lastLines.stream().map(LogLine::text).toList());
    }

    private static @Nullable Integer exitCode(ContainerState state) {
        var runs = Boolean.TRUE.equals(state.getRunning());
        return runs || state.getExitCodeLong() == null ? null : state.getExitCodeLong().intValue();
    }

    @Override
    public Execution execute(String containerId, List<String> command, Duration timeout) {
        return processes.run(containerId, command, timeout);
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
