package io.autoserve.apps;

import io.autoserve.model.Term;
import io.autoserve.plan.CanaryComparison;
import io.autoserve.plan.Traffic;
import io.autoserve.store.StateReader.ClusterState;
import java.util.Map;
import java.util.Set;

/** What the loop needs from the proxy. All methods may block, for seconds at most. */
public interface Proxy {

    /**
     * Makes the proxy route requests to the instances that are ready in {@code clusterState}. After
     * this method has returned without an exception, no request goes to an instance that is not
     * ready in {@code clusterState}.
     *
     * @param shares share of its app's traffic for each instance, by instance id. An instance with
     *     share 0 gets no requests although it is ready
     * @param overdue ids of instances whose open responses the proxy should close
     * @return whether the proxy needed a new route table
     */
    boolean route(
            ClusterState clusterState, Map<Long, Integer> shares, Set<Long> overdue, Term term);

    /**
     * Returns how the instances of each revision answered in the last minute, or {@link
     * CanaryComparison#NONE} if the proxy does not report it.
     */
    CanaryComparison comparison(Set<Long> fresh, Set<Long> old);

    /**
     * Returns the requests in flight by instance, or {@link Traffic.Unknown} if the proxy does not
     * answer.
     */
    Traffic traffic();

    /**
     * Returns why instances should be replaced although they are ready, by their ids: one of
     * several proxies cannot connect to them.
     */
    default Map<Long, String> unreachable() {
        return Map.of();
    }
}
