package io.autoserve.proxy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The instances that nginx may send requests to, and the requests that they have not fully
 * answered.
 *
 * @param routed ids of the instances in a table that nginx uses, or will use when it starts
 * @param requests number of requests in flight by instance id
 */
public record InFlight(Set<Long> routed, Map<Long, Integer> requests) {

    public InFlight {
        routed = Set.copyOf(routed);
        requests = Map.copyOf(requests);
    }

    static InFlight of(Counters counters) {
        var routed = new HashSet<Long>();
        var requests = new HashMap<Long, Integer>();
        counters.instances()
                .forEach((id, counted) -> {
                    requests.put(id, Math.toIntExact(counted.inFlight()));
                    if (counted.routed()) {
                        routed.add(id);
                    }
                });
        return new InFlight(routed, requests);
    }

    /**
     * Returns what holds if the container of nginx has ended.
     *
     * @param routed ids of the instances in the table with which nginx will start
     */
    static InFlight ended(Set<Long> routed) {
        return new InFlight(routed, Map.of());
    }

    /** Returns this and the instances that ended proxies will send requests to when they start. */
    InFlight withEnded(Set<Long> routedAfterStart) {
        var all = new HashSet<>(routed);
        all.addAll(routedAfterStart);
        return new InFlight(all, requests);
    }
}
