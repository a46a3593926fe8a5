package io.autoserve.apps;

import io.autoserve.model.Term;
import io.autoserve.plan.Traffic;
import io.autoserve.store.Truth.World;

/** What the loop asks of the proxy. Both block, for seconds at the most. */
public interface Proxy {

    /**
     * Has requests go where {@code world} says. When it returns without an exception, no request
     * goes to an instance that is not ready in it.
     *
     * @return whether instances had to be routed anew
     */
    boolean route(World world, Term term);

    /** {@link Traffic.Unknown} where the proxy does not answer. */
    Traffic traffic();
}
