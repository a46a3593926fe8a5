package io.autoserve.apps;

import io.autoserve.model.Term;
import io.autoserve.plan.Traffic;
import io.autoserve.plan.Trial;
import io.autoserve.store.Truth.World;
import java.util.Map;
import java.util.Set;

/** What the loop asks of the proxy. Both block, for seconds at the most. */
public interface Proxy {

    /**
     * Has requests go where {@code world} says. When it returns without an exception, no request
     * goes to an instance that is not ready in it.
     *
     * @param shares by instance id; 0: it gets nothing though it is ready
     * @param overdue ids of instances whose answers under way are to be closed
     * @return whether the proxy had to be told anything
     */
    boolean route(World world, Map<Long, Integer> shares, Set<Long> overdue, Term term);

    /** How the instances of each side answered in the last minute; nothing where none is known. */
    Trial trial(Set<Long> fresh, Set<Long> old);

    /** {@link Traffic.Unknown} where the proxy does not answer. */
    Traffic traffic();
}
