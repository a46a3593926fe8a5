package io.autoserve.simulation;

import io.autoserve.model.Hidden;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Version;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Latency;
import io.autoserve.proxy.Nginx;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.proxy.RouteTable;
import io.autoserve.proxy.RouteTable.Endpoint;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The proxy, with the table of routes that it uses and the files from which it starts. It refuses
 * tables of a lower version, and can be away or restart.
 */
public final class ModelNginx {
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** After so much silence, changes may no longer wait for this proxy. */
    private static final Duration EXCUSED_AFTER = Duration.ofSeconds(10);

    /** Time after a silence in which this proxy may not have the newest table yet. */
    private static final Duration EXCUSED_FOR = Duration.ofSeconds(15);

    private final Scheduler scheduler;
    private final Network network;
    private final String name;
    private final RandomGenerator chance;

    /** The tables in the folder that nginx and the controllers share, oldest first. */
    private final List<RouteTable> files = new ArrayList<>();

    private SimulatedProcess process;
    private Instant boot;
    private @Nullable RouteTable table;
    private Map<Long, Counted> counted = new LinkedHashMap<>();
    private double lostAnswers;
    private @Nullable Long silentSince;
    private long excusedUntil;
    private int starts;

    private static final class Counted {
        private final String app;
        private final int revision;
        private long inFlight;
        private long tries;

        Counted(String app, int revision) {
            this.app = app;
            this.revision = revision;
        }
    }

    /** A request that nginx has passed to an instance. */
    public record Passed(String app, Endpoint endpoint) {}

    public ModelNginx(Scheduler scheduler, Network network, String name) {
        this.scheduler = scheduler;
        this.network = network;
        this.name = name;
        this.chance = scheduler.chance();
        this.process = scheduler.process(name + "-0");
        this.boot = process.clock().instant();
    }

    public String name() {
        return name;
    }

    public SimulatedProcess process() {
        return process;
    }

    /**
     * Begins to lose half of the answers of the admin port.
     *
     * @param frozen whether the proxy gets no requests of the leader either. Its workers still
     *     route
     */
    public void fallSilent(boolean frozen) {
        lostAnswers = 0.5;
        if (silentSince == null) {
            silentSince = scheduler.nanos();
        }
        if (frozen) {
            process.freeze();
        }
    }

    /** Ends {@link #fallSilent}. */
    public void speak() {
        if (excused()) {
            excusedUntil = scheduler.nanos() + EXCUSED_FOR.toNanos();
        }
        lostAnswers = 0;
        silentSince = null;
        process.thaw();
    }

    /** Returns whether the leader may end containers without this proxy, if there is another. */
    public boolean excused() {
        var since = silentSince;
        return scheduler.nanos() < excusedUntil
                || (since != null && scheduler.nanos() - since >= EXCUSED_AFTER.toNanos());
    }

    /** Ends nginx. Requests in flight are lost. */
    public void crash() {
        process.kill();
        table = null;
        counted = new LinkedHashMap<>();
    }

    /** Starts nginx again, with the newest table of its folder. */
    public void start() {
        process = scheduler.process(name + "-" + ++starts);
        boot = process.clock().instant();
        table = files.isEmpty() ? null : files.getLast();
    }

    /** Starts nginx again with the table before the newest one. */
    public void startWithOldTable() {
        start();
        table = files.size() < 2 ? table : files.get(files.size() - 2);
    }

    /** Returns whether nginx sends requests to this instance now. */
    public boolean routes(long instance) {
        return endpoints().anyMatch(endpoint -> endpoint.instance() == instance);
    }

    private Stream<Endpoint> endpoints() {
        var now = table;
        return now == null
                ? Stream.empty()
                : now.routes().values().stream().flatMap(route -> route.endpoints().stream());
    }

    public @Nullable RouteTable table() {
        return table;
    }

    public long inFlight(long instance) {
        var of = counted.get(instance);
        return of == null ? 0 : of.inFlight;
    }

    /** Passes a request of a user on. Returns null if the app has no instance in the table. */
    public @Nullable Passed pass(String app) {
        var now = table;
        var route = now == null ? null : now.routes().get(app);
        if (route == null || route.endpoints().isEmpty() || !process.isAlive()) {
            return null;
        }
        var total = route.endpoints().stream().mapToInt(Endpoint::weight).sum();
        var chosen = chance.nextInt(total);
        for (var endpoint : route.endpoints()) {
            chosen -= endpoint.weight();
            if (chosen < 0) {
                var of =
                        counted.computeIfAbsent(
                                endpoint.instance(), _ -> new Counted(app, endpoint.revision()));
                of.inFlight++;
                of.tries++;
                return new Passed(app, endpoint);
            }
        }
        throw new IllegalStateException("the weights of %s do not add up".formatted(app));
    }

    /** Returns how much the request's instance gets, as a multiple of what each would get. */
    public double share(Passed request) {
        var now = table;
        var route = now == null ? null : now.routes().get(request.app);
        if (route == null) {
            return 1;
        }
        var total = 0;
        var own = 0;
        var instances = new TreeSet<Long>();
        for (var endpoint : route.endpoints()) {
            total += endpoint.weight();
            instances.add(endpoint.instance());
            if (endpoint.instance() == request.endpoint.instance()) {
                own += endpoint.weight();
            }
        }
        return (double) own * instances.size() / total;
    }

    /** The instance has answered a request, or its connection broke. */
    public void ended(Passed request) {
        var of = counted.get(request.endpoint.instance());
        if (of != null && of.inFlight > 0) {
            of.inFlight--;
        }
    }

    /** Returns this nginx as one controller calls it. */
    public Nginx admin(SimulatedProcess client) {
        return new Calls(client);
    }

    private Pushed put(RouteTable next) {
        var current = table;
        if (current != null && current.version().compareTo(next.version()) > 0) {
            return new Pushed.Refused(current.version());
        }
        table = next;
        return new Pushed.Accepted(next.version(), 0);
    }

    private Counters read() {
        var now = table;
        var version = now == null ? new Version(0, 0, 0) : now.version();
        var routed = new TreeSet<Long>();
        endpoints().forEach(endpoint -> routed.add(endpoint.instance()));
        var instances = new TreeMap<Long, OfInstance>();
        counted.forEach((id, of) -> instances.put(id, counters(of, routed.contains(id))));
        if (now != null) {
            now.routes()
                    .forEach((app, route) ->
                            route.endpoints()
                                    .forEach(endpoint ->
                                            instances.putIfAbsent(
                                                    endpoint.instance(),
                                                    counters(
                                                            new Counted(app, endpoint.revision()),
                                                            true))));
        }
        return new Counters(boot, version, instances);
    }

    private static OfInstance counters(Counted of, boolean routed) {
        return new OfInstance(
                of.app,
                of.revision,
                routed,
                of.inFlight,
                of.tries,
                List.of(0L, of.tries, 0L, 0L, 0L),
                0,
                0,
                0,
                Latency.NONE);
    }

    private final class Calls implements Nginx {
        private final SimulatedProcess client;
        private @Nullable RouteTable acknowledged;
        private Future<?> lastPush = Future.succeededFuture();

        Calls(SimulatedProcess client) {
            this.client = client;
        }

        @Override
        public Future<Pushed> push(RouteTable next) {
            return push(next, "");
        }

        @Override
        public Future<Pushed> push(RouteTable next, String json) {
            var pushed = lastPush.transform(_ -> pushAlone(next));
            lastPush = pushed;
            return pushed;
        }

        private Future<Pushed> pushAlone(RouteTable next) {
            var newest = files.isEmpty() ? null : files.getLast();
            if (newest != null && newest.version().compareTo(next.version()) > 0) {
                return Future.succeededFuture(new Pushed.Refused(newest.version()));
            }
            files.add(next);
            return asked(() -> put(next)).map(pushed -> settled(next, pushed));
        }

        private Pushed settled(RouteTable next, Pushed pushed) {
            switch (pushed) {
                case Pushed.Accepted _ -> {
                    acknowledged = next;
                    var index = files.indexOf(next);
                    files.subList(0, Math.max(0, index)).clear();
                }
                case Pushed.Refused _, Pushed.Invalid _ -> files.remove(next);
            }
            return pushed;
        }

        @Override
        public Future<Counters> counters() {
            return asked(ModelNginx.this::read).compose(this::pushAgainIfForgotten);
        }

        private Future<Counters> pushAgainIfForgotten(Counters counters) {
            var last = acknowledged;
            return last != null && counters.version().compareTo(last.version()) < 0
                    ? asked(() -> put(last)).map(counters)
                    : Future.succeededFuture(counters);
        }

        @Override
        public Future<Pushed> handOut(Version version, Hidden document) {
            return Future.failedFuture("there are no certificates");
        }

        @Override
        public Future<Map<String, String>> routes(Collection<String> apps) {
            return Future.succeededFuture(Map.of());
        }

        @Override
        public Future<Set<String>> wakes(Collection<String> apps, Duration longest) {
            return Future.succeededFuture(Set.of());
        }

        @Override
        public Future<List<ServedRequest>> requests(String app) {
            return Future.succeededFuture(List.of());
        }

        @Override
        public Future<Optional<Set<Long>>> routedAfterStart() {
            if (process.isAlive()) {
                return Future.succeededFuture(Optional.empty());
            }
            var routed = new TreeSet<Long>();
            if (!files.isEmpty()) {
                files.getLast()
                        .routes()
                        .values()
                        .forEach(route ->
                                route.endpoints()
                                        .forEach(endpoint -> routed.add(endpoint.instance())));
            }
            return Future.succeededFuture(Optional.of(routed));
        }

        private <T> Future<T> asked(Supplier<T> work) {
            var answer = Promise.<T>promise();
            var asked = process;
            network.send(
                    client,
                    asked,
                    new Network.Lane(),
                    () -> asked.soon(() -> answer(asked, work.get(), answer)));
            return client.within(DEADLINE, answer.future());
        }

        private <T> void answer(SimulatedProcess from, T result, Promise<T> answer) {
            if (chance.nextDouble() >= lostAnswers) {
                network.send(
                        from,
                        client,
                        new Network.Lane(),
                        () -> client.soon(() -> answer.tryComplete(result)));
            }
        }
    }
}
