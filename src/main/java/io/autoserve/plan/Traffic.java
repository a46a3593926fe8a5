package io.autoserve.plan;

import io.autoserve.model.Instance;
import java.util.Map;
import java.util.Set;

/**
 * Holds what the proxy reports: the ids of the instances in the routes that it has confirmed, and
 * the number of requests in flight of each instance.
 */
public sealed interface Traffic {

    /** The proxy did not answer, so no instance may count as drained. */
    record Unknown() implements Traffic {}

    record Known(Set<Long> routed, Map<Long, Integer> inFlight) implements Traffic {}

    /**
     * Returns whether the proxy sends the instance no more requests. It never sends one to an
     * instance of a worker, even if it does not answer now.
     */
    default boolean withdrawn(Instance instance) {
        return instance.portless() || withdrawn(instance.id());
    }

    /** Returns whether the instance is withdrawn and has no requests in flight. */
    default boolean drained(Instance instance) {
        return instance.portless() || drained(instance.id());
    }

    /** Returns whether the proxy sends the instance with this id no more requests. */
    default boolean withdrawn(long instance) {
        return switch (this) {
            case Unknown() -> false;
            case Known(var routed, _) -> !routed.contains(instance);
        };
    }

    private boolean drained(long instance) {
        return switch (this) {
            case Unknown() -> false;
            case Known(var routed, var inFlight) ->
                    !routed.contains(instance) && inFlight.getOrDefault(instance, 0) == 0;
        };
    }
}
