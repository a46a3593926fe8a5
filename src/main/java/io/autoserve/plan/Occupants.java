package io.autoserve.plan;

import static java.util.stream.Collectors.groupingBy;

import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Finds the container of each instance among the containers that Docker lists.
 *
 * <p>Several containers may carry the same instance id, because {@code docker commit} copies
 * labels. Then the instance runs in the container that is recorded for it or, if none is recorded
 * yet, in the container that has the instance's name.
 *
 * @param byInstance the container of each instance, by instance id
 * @param strays all other containers
 */
public record Occupants(Map<Long, Container> byInstance, List<Container> strays) {

    public static Occupants of(Collection<Instance> instances, Collection<Container> listed) {
        var candidates = listed.stream().collect(groupingBy(Container::instanceId));
        var byInstance = new HashMap<Long, Container>();
        for (var instance : instances) {
            candidates.getOrDefault(instance.id(), List.of()).stream()
                    .filter(container -> runs(instance, container))
                    .findFirst()
                    .ifPresent(container -> byInstance.put(instance.id(), container));
        }
        var strays =
                listed.stream()
                        .filter(it -> !Objects.equals(byInstance.get(it.instanceId()), it))
                        .toList();
        return new Occupants(Map.copyOf(byInstance), strays);
    }

    private static boolean runs(Instance instance, Container container) {
        return instance.containerId() == null
                ? container.name().equals(instance.name())
                : container.id().equals(instance.containerId());
    }

    /**
     * Returns whether the instance should have a container that Docker did not list. One list does
     * not prove that the container is gone, because Docker may have left it out.
     */
    public boolean misses(Instance instance) {
        return switch (instance.state()) {
            case RUNNING, DRAINING, STOPPING ->
                    instance.containerId() != null && !byInstance.containsKey(instance.id());
            case PENDING, STARTING, FAILED -> false;
        };
    }
}
