package io.autoserve.proxy;

import io.autoserve.proxy.Counters.OfInstance;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which instances should be replaced because one of several proxies cannot connect to them,
 * although they are ready for the leader. A new instance has another address, which often heals a
 * broken path of the network.
 *
 * <p>If a proxy cannot connect to most of its instances, the proxy is at fault, and not they. If it
 * cannot connect to most instances of an app, the app is, unless another proxy gets answers.
 */
final class Reachability {
    /** Every connection must have failed for this time. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private Reachability() {}

    /**
     * Returns why to replace an instance, by its id. Returns nothing if there is only one proxy.
     *
     * @param readings of the proxies in rotation, by their names
     */
    static Map<Long, String> unreachable(Map<String, Counters> readings) {
        var reasons = new TreeMap<Long, String>();
        if (readings.size() > 1) {
            readings.forEach((proxy, counters) -> {
                if (mostAreReachable(counters.instances().values())) {
                    counters.instances()
                            .forEach((id, counted) -> {
                                if (isMissed(counted)
                                        && isItsOwnFault(id, counted, counters, readings)) {
                                    reasons.put(id, reason(proxy));
                                }
                            });
                }
            });
        }
        return reasons;
    }

    private static boolean isItsOwnFault(
            long id, OfInstance counted, Counters counters, Map<String, Counters> readings) {
        var ofApp =
                counters.instances().values().stream()
                        .filter(other -> other.app().equals(counted.app()))
                        .toList();
        return mostAreReachable(ofApp)
                || readings.values().stream()
                        .anyMatch(reading -> answers(reading.instances().get(id)));
    }

    private static boolean isMissed(OfInstance counted) {
        return counted.routed() && counted.unreachable().compareTo(PATIENCE) >= 0;
    }

    private static boolean mostAreReachable(Collection<OfInstance> instances) {
        var routed = instances.stream().filter(OfInstance::routed).count();
        return 2 * instances.stream().filter(Reachability::isMissed).count() < routed;
    }

    /** Returns whether the proxy has a connection and has got answers other than errors. */
    private static boolean answers(@Nullable OfInstance counted) {
        if (counted == null) {
            return false;
        }
        var classes = counted.classes();
        return counted.unreachable().isZero()
                && classes.get(0) + classes.get(1) + classes.get(2) + classes.get(3) > 0;
    }

    private static String reason(String proxy) {
        return "%s could not connect to it for %d s, although it is ready"
                .formatted(proxy, PATIENCE.toSeconds());
    }
}
