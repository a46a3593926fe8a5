package io.autoserve.proxy;

import static java.util.Objects.requireNonNull;

import io.autoserve.model.Version;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Counters.Visits;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the counters of several proxies. The totals of the sum only grow, also when a proxy
 * restarts, leaves rotation or returns. The sum therefore never has another {@code boot}.
 *
 * <p>What a proxy has counted while it was out of rotation is left out. The time in which these
 * requests came is unknown, and they must not look like a burst of requests.
 */
final class CounterSum {
    private final Map<String, Contribution> proxies = new HashMap<>();

    /** The counts from before proxies restarted or left the sum, by instance id. */
    private final Map<Long, OfInstance> past = new HashMap<>();

    private @Nullable Instant boot;

    /**
     * The counts of one proxy since it joined the sum or restarted.
     *
     * @param base the reading from which on its requests count
     * @param last the last reading
     */
    private record Contribution(Map<Long, OfInstance> base, Counters last) {
        static Contribution whole(Counters reading) {
            return new Contribution(Map.of(), reading);
        }

        static Contribution after(Counters reading) {
            return new Contribution(reading.instances(), reading);
        }

        boolean sameStart(Counters reading) {
            return last.boot().equals(reading.boot());
        }

        Map<Long, OfInstance> counted() {
            var counted = new HashMap<Long, OfInstance>();
            last.instances()
                    .forEach((id, now) -> {
                        var before = base.get(id);
                        // an instance that returned to the table after a long time counts from zero
                        counted.put(
                                id,
                                before == null || before.tries() > now.tries()
                                        ? now
                                        : now.since(before));
                    });
            return counted;
        }
    }

    /**
     * Adds a reading of each proxy in rotation, at least one, and returns the sum. Requests in
     * flight and routed instances are those of these proxies alone.
     *
     * @param readings by the proxy's name
     */
    Counters add(Map<String, Counters> readings) {
        var first = boot == null;
        var since = boot == null ? readings.values().iterator().next().boot() : boot;
        boot = since;
        for (var name : List.copyOf(proxies.keySet())) {
            if (!readings.containsKey(name)) {
                end(name);
            }
        }
        readings.forEach((name, reading) -> add(name, reading, first));
        return sum(since, readings);
    }

    private void add(String name, Counters reading, boolean first) {
        var known = proxies.get(name);
        if (known == null) {
            proxies.put(name, first ? Contribution.whole(reading) : Contribution.after(reading));
        } else if (known.sameStart(reading)) {
            proxies.put(name, new Contribution(known.base, reading));
        } else {
            end(name);
            proxies.put(name, Contribution.whole(reading));
        }
    }

    /** Keeps what the proxy has counted, and forgets its last reading. */
    private void end(String name) {
        var ended = proxies.remove(name);
        if (ended != null) {
            ended.counted().forEach((id, counted) -> merge(past, id, counted.past()));
        }
    }

    private Counters sum(Instant since, Map<String, Counters> readings) {
        var instances = new TreeMap<Long, OfInstance>();
        proxies.values()
                .forEach(proxy ->
                        proxy.counted().forEach((id, counted) -> merge(instances, id, counted)));
        past.keySet().retainAll(instances.keySet());
        past.forEach((id, counted) -> merge(instances, id, counted));
        return new Counters(since, oldest(readings), Map.copyOf(instances), visits(readings));
    }

    /**
     * Returns what the proxies together know about the apps that may sleep. An app that one of them
     * does not know yet is left out, so that it does not fall asleep.
     */
    private static Map<String, Visits> visits(Map<String, Counters> readings) {
        var all = new HashMap<>(readings.values().iterator().next().apps());
        for (var reading : readings.values()) {
            all.keySet().retainAll(reading.apps().keySet());
            all.replaceAll((app, visits) -> visits.plus(requireNonNull(reading.apps().get(app))));
        }
        return Map.copyOf(all);
    }

    private static void merge(Map<Long, OfInstance> all, Long id, OfInstance counted) {
        all.merge(id, counted, OfInstance::plus);
    }

    private static Version oldest(Map<String, Counters> readings) {
        return readings.values().stream()
                .map(Counters::version)
                .min(Version::compareTo)
                .orElseThrow();
    }
}
