package io.autoserve.plan;

import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.testing.Fixtures;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Simulates a Docker Engine that somebody else uses, too. Its list of containers may be wrong. */
final class SimulatedEngine {
    private final Random random;
    private final Map<String, Container> containers = new HashMap<>();
    private final Map<Long, String> images = new HashMap<>();
    private final List<Launched> late = new ArrayList<>();
    private @Nullable String immortal;

    /** A start that was sent to the engine and that the engine has not carried out yet. */
    private record Launched(Instance instance, String image) {}

    SimulatedEngine(Random random) {
        this.random = random;
    }

    Collection<Container> containers() {
        return containers.values();
    }

    /** Returns the image that each instance's container runs, by instance id. */
    Map<Long, String> images() {
        return images;
    }

    /** Returns whether the instance has a container with a process. */
    boolean alive(long id) {
        return containers.values().stream().anyMatch(c -> c.instanceId() == id && c.alive());
    }

    boolean has(@Nullable String containerId) {
        return containers.values().stream().anyMatch(c -> c.id().equals(containerId));
    }

    /**
     * Returns the list of containers. Unless the engine is calm, it may list one container twice,
     * or leave one out.
     */
    List<Container> list(boolean calm) {
        var listed = new ArrayList<>(containers.values());
        if (!calm) {
            any().ifPresent(listed::add);
            if (random.nextInt(4) == 0) {
                any().ifPresent(left -> listed.removeIf(left::equals));
            }
        }
        return listed;
    }

    Optional<Container> any() {
        return containers.values().stream().skip(random.nextInt(SimulatedApp.SLOTS)).findFirst();
    }

    Container start(Instance instance, String image) {
        var container = Fixtures.container(instance);
        containers.put(container.name(), container);
        images.put(instance.id(), image);
        return container;
    }

    void remove(Container container) {
        if (!container.name().equals(immortal)) {
            containers.remove(container.name());
        }
    }

    /** Makes the engine carry out this start later, when nobody waits for the answer any more. */
    void startLater(Instance instance, String image) {
        late.add(new Launched(instance, image));
    }

    /** Carries out starts of {@link #startLater}: all if the engine is calm, otherwise some. */
    void catchUp(boolean calm) {
        late.removeIf(launched -> {
            var done = calm || random.nextInt(3) == 0;
            if (done && !containers.containsKey(launched.instance.name())) {
                start(launched.instance, launched.image);
            }
            return done;
        });
    }

    /** Simulates somebody else who uses the engine. */
    void somebody(Consumer<Container> sick) {
        switch (random.nextInt(6)) {
            case 0 -> any().ifPresent(it -> put(Fixtures.in(Container.State.EXITED, null, it)));
            case 1 -> any().ifPresent(it -> containers.remove(it.name()));
            case 2 -> any().ifPresent(sick);
            case 3 -> put(stray());
            case 4 -> any().ifPresent(it -> containers.put("copy", copy(it)));
            case 5 ->
                    any().ifPresent(it -> {
                        put(Fixtures.in(it.state(), null, it)); // docker network disconnect
                        sick.accept(it);
                    });
            default -> throw new IllegalStateException();
        }
    }

    private void put(Container container) {
        containers.put(container.name(), container);
    }

    /**
     * Simulates {@code docker commit} and {@code docker run}, which copy the labels of a container.
     */
    private static Container copy(Container original) {
        return new Container(
                "id-of-copy",
                "copy",
                original.app(),
                original.index(),
                original.instanceId(),
                original.revision(),
                original.epoch(),
                Container.State.EXITED,
                null,
                original.image(),
                original.createdAt());
    }

    private static Container stray() {
        return Fixtures.container(
                Instance.starting(9_999, Fixtures.app("web", 1), 99, null, "stray", Fixtures.NOON));
    }

    /** Adds a container without a row. The engine never answers the call that removes it. */
    void immortalOrphan() {
        put(stray());
        immortal = stray().name();
    }

    /** Returns whether the container is the one that cannot be removed. */
    boolean isImmortal(Container container) {
        return container.name().equals(immortal);
    }

    @Override
    public String toString() {
        return "containers %s, late %s".formatted(containers.keySet(), late);
    }
}
