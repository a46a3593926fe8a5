package io.autoserve.runtime;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Finds and removes containers of any kind, of apps or of the platform. */
final class Containers {
    private final Engine engine;

    Containers(Engine engine) {
        this.engine = engine;
    }

    /** Returns the containers with these labels, including ended ones. */
    List<Container> labelled(String... labels) {
        return find("label", labels);
    }

    Optional<Container> named(String name) {
        // Docker reads a regular expression, in which a '.' of the name stands for any character.
        return find("name", "^/" + name + "$").stream()
                .filter(found -> Labels.name(found).equals(name))
                .findFirst();
    }

    Optional<Container> withId(String id) {
        return find("id", id).stream().findFirst();
    }

    /** Returns whether the engine has ever started the container, even if it has ended since. */
    static boolean begun(Container found) {
        return switch (found.getState()) {
            case "running", "restarting", "paused", "exited" -> true;
            default -> false; // only created, or being removed
        };
    }

    private List<Container> find(String filter, String... values) {
        return engine.call(
                "list containers",
                client ->
                        client.listContainersCmd()
                                .withShowAll(true)
                                .withFilter(filter, List.of(values))
                                .exec());
    }

    /**
     * Removes the container at once, by force, with its anonymous volumes. Its named volumes stay.
     * Succeeds if the container is gone or is being removed.
     */
    void remove(String id) {
        engine.change(
                "remove " + id,
                Duration.ZERO,
                client -> {
                    try {
                        client.removeContainerCmd(id)
                                .withForce(true)
                                .withRemoveVolumes(true)
                                .exec();
                    } catch (NotFoundException | ConflictException _) {
                        // It is already gone or is being removed.
                    }
                    return true;
                },
                () -> withId(id).isEmpty() ? Optional.of(true) : Optional.empty());
    }
}
