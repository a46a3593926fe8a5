package io.autoserve.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.model.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;

/**
 * The counters of nginx since its start. Totals only grow. After a restart, nginx has a new {@code
 * boot} and counts from zero. The counters of several proxies together are a {@link CounterSum}.
 *
 * @param version version of the route table that nginx uses now
 * @param instances counters by instance id. After an instance has left the table, its counters stay
 *     for ten minutes, and longer if it still has requests in flight.
 * @param apps for each app in the table that may sleep, what nginx knows about its requests, by the
 *     app's name
 */
public record Counters(
        Instant boot, Version version, Map<Long, OfInstance> instances, Map<String, Visits> apps) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Creates counters without an app that may sleep. */
    public Counters(Instant boot, Version version, Map<Long, OfInstance> instances) {
        this(boot, version, instances, Map.of());
    }

    /**
     * @param idle time since the last request that keeps the app awake, or since nginx was first
     *     asked about the app if there was none
     * @param waiting whether nginx holds requests until an instance is ready
     */
    public record Visits(Duration idle, boolean waiting) {

        /** Returns what two proxies together know about the same app. */
        Visits plus(Visits other) {
            return new Visits(
                    idle.compareTo(other.idle) < 0 ? idle : other.idle, waiting || other.waiting);
        }
    }

    /**
     * @param routed whether the table contains the instance
     * @param inFlight requests that the instance has not fully answered, including open WebSockets
     * @param tries requests sent to the instance. A request that was retried on another instance
     *     counts for both.
     * @param classes the tries by status class: 1xx first, 5xx last; a broken connection counts as
     *     5xx
     * @param longHeads the tries whose answer had headers of more than 64 KB. They are in no class
     * @param unreachable the time over which every connection to the instance failed; zero once one
     *     was opened
     */
    public record OfInstance(
            String app,
            int revision,
            boolean routed,
            long inFlight,
            long tries,
            List<Long> classes,
            long longHeads,
            long bytesIn,
            long bytesOut,
            Latency latency,
            Duration unreachable) {

        /** Creates the counts of an instance that nginx can connect to. */
        public OfInstance(
                String app,
                int revision,
                boolean routed,
                long inFlight,
                long tries,
                List<Long> classes,
                long longHeads,
                long bytesIn,
                long bytesOut,
                Latency latency) {
            this(
                    app,
                    revision,
                    routed,
                    inFlight,
                    tries,
                    classes,
                    longHeads,
                    bytesIn,
                    bytesOut,
                    latency,
                    Duration.ZERO);
        }

        /** Returns the sum of the counts of two proxies for the same instance. */
        OfInstance plus(OfInstance other) {
            return new OfInstance(
                    app,
                    revision,
                    routed || other.routed,
                    inFlight + other.inFlight,
                    tries + other.tries,
                    combined(other, Math::addExact),
                    longHeads + other.longHeads,
                    bytesIn + other.bytesIn,
                    bytesOut + other.bytesOut,
                    other.latency.equals(Latency.NONE) ? latency : latency.plus(other.latency),
                    unreachable.compareTo(other.unreachable) > 0 ? unreachable : other.unreachable);
        }

        /**
         * Returns what the proxy has counted since an earlier reading. Whether the instance is
         * routed and reachable, and its requests in flight, are those of now.
         */
        OfInstance since(OfInstance earlier) {
            return new OfInstance(
                    app,
                    revision,
                    routed,
                    inFlight,
                    tries - earlier.tries,
                    combined(earlier, Math::subtractExact),
                    longHeads - earlier.longHeads,
                    bytesIn - earlier.bytesIn,
                    bytesOut - earlier.bytesOut,
                    earlier.latency.equals(Latency.NONE) ? latency : latency.minus(earlier.latency),
                    unreachable);
        }

        /** Returns the totals alone, as those of a proxy that no longer serves. */
        OfInstance past() {
            return new OfInstance(
                    app, revision, false, 0, tries, classes, longHeads, bytesIn, bytesOut, latency);
        }

        private List<Long> combined(OfInstance other, LongBinaryOperator operator) {
            return IntStream.range(0, classes.size())
                    .mapToObj(i -> operator.applyAsLong(classes.get(i), other.classes.get(i)))
                    .toList();
        }
    }

    /**
     * Returns the number of requests in flight to an instance, or 0 if nginx has no counters for
     * it.
     */
    public long inFlight(long instance) {
        var counted = instances.get(instance);
        return counted == null ? 0 : counted.inFlight();
    }

    static Counters parse(String text) {
        try {
            return parse(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("nginx's counters are not JSON: " + e.getMessage());
        }
    }

    private static Counters parse(JsonNode root) {
        var instances = new TreeMap<Long, OfInstance>();
        root.path("instances")
                .properties()
                .forEach(entry ->
                        instances.put(Long.valueOf(entry.getKey()), ofInstance(entry.getValue())));
        var apps = new TreeMap<String, Visits>();
        root.path("apps")
                .properties()
                .forEach(entry -> apps.put(entry.getKey(), visits(entry.getValue())));
        return new Counters(
                Instant.ofEpochSecond(root.path("boot").asLong()),
                version(root.path("version")),
                Map.copyOf(instances),
                Map.copyOf(apps));
    }

    private static Visits visits(JsonNode node) {
        return new Visits(
                Duration.ofMillis(Math.round(1000 * node.path("idle").asDouble())),
                node.path("waiting").asBoolean());
    }

    static Version version(JsonNode node) {
        return new Version(
                node.path("timeline").asLong(),
                node.path("epoch").asLong(),
                node.path("seq").asLong());
    }

    private static OfInstance ofInstance(JsonNode node) {
        return new OfInstance(
                node.path("app").asText(),
                node.path("revision").asInt(),
                node.path("routed").asBoolean(),
                node.path("inFlight").asLong(),
                node.path("tries").asLong(),
                StreamSupport.stream(node.path("classes").spliterator(), false)
                        .map(JsonNode::asLong)
                        .toList(),
                node.path("longHeads").asLong(),
                node.path("bytesIn").asLong(),
                node.path("bytesOut").asLong(),
                latency(node.path("latency")),
                Duration.ofMillis(Math.round(node.path("unreachable").asDouble() * 1000)));
    }

    private static Latency latency(JsonNode node) {
        var counts = new long[Latency.BUCKETS];
        node.properties()
                .forEach(entry ->
                        counts[Integer.parseInt(entry.getKey())] = entry.getValue().asLong());
        return new Latency(LongStream.of(counts).boxed().toList());
    }
}
