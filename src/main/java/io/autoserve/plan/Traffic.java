package io.autoserve.plan;

import java.util.Map;
import java.util.Set;

/**
 * What the proxy says: which instances its confirmed routes name, and how many requests each has in
 * flight. By instance id.
 */
public sealed interface Traffic {

    /** The proxy did not answer: nothing may be taken for drained. */
    record Unknown() implements Traffic {}

    record Known(Set<Long> routed, Map<Long, Integer> inFlight) implements Traffic {}

    /** Whether the proxy sends it nothing more. */
    default boolean withdrawn(long instance) {
        return switch (this) {
            case Unknown() -> false;
            case Known(var routed, _) -> !routed.contains(instance);
        };
    }

    /** Whether, besides, nothing that was sent is still under way. */
    default boolean drained(long instance) {
        return switch (this) {
            case Unknown() -> false;
            case Known(var routed, var inFlight) ->
                    !routed.contains(instance) && inFlight.getOrDefault(instance, 0) == 0;
        };
    }
}
