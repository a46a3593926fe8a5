package io.autoserve.docs;

import io.autoserve.cluster.AttemptObserver.Outcome;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.metrics.GaugeSource;
import io.autoserve.metrics.Metrics;
import io.autoserve.model.App;
import io.autoserve.model.Decision;
import io.autoserve.model.Leader;
import io.autoserve.model.Replica;
import io.autoserve.model.StreamKind;
import io.autoserve.model.Term;
import io.autoserve.model.Version;
import io.autoserve.model.WriteLoad;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.Latency;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.Reading.Understood;
import io.autoserve.spec.SpecReader;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.Fixtures;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The text that {@code /metrics} of a leader returns, with one app that has received two requests.
 */
final class Scraped {
    private static final Pattern SAMPLE = Pattern.compile("[a-z_]+\\{(.*)} .*");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");
    private static final String DATABASE = "autoserve-postgres-primary:5432";
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    record Family(String name, String type, String help, Collection<String> labels) {}

    private Scraped() {}

    static Collection<Family> families() {
        return parsed(text());
    }

    static String text() {
        var figures = new Metrics("controller-1", new View(), InstantSource.fixed(NOW));
        var traffic = figures.traffic();
        traffic.read(counters(0));
        traffic.read(counters(1));
        traffic.read(counters(2));
        figures.attempted(DATABASE, Outcome.CONNECTED);
        figures.show(new Seen(), "1.0", Path.of("."));
        var vertx =
                Vertx.builder()
                        .with(new VertxOptions().setMetricsOptions(figures.vertxOptions()))
                        .withMetrics(figures.vertx())
                        .build();
        try {
            askOnce(vertx);
            connect(figures);
            return figures.scrape();
        } finally {
            vertx.close();
        }
    }

    /** Registers the metrics that a connection to a database has. */
    private static void connect(Metrics figures) {
        figures.vertx()
                .metrics(new VertxOptions().setMetricsOptions(figures.vertxOptions()))
                .createClientMetrics(
                        SocketAddress.inetSocketAddress(5432, "autoserve-postgres-primary"),
                        "sql",
                        DATABASE);
    }

    private static void askOnce(Vertx vertx) {
        try (var client = HttpClient.newHttpClient()) {
            var router = Router.router(vertx);
            router.get("/").handler(context -> context.end("fine"));
            var server =
                    vertx.createHttpServer()
                            .requestHandler(router)
                            .listen(0, "127.0.0.1")
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            var address = URI.create("http://127.0.0.1:%d/".formatted(server.actualPort()));
            client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    private static Collection<Family> parsed(String text) {
        var families = new TreeMap<String, Family>();
        var help = new TreeMap<String, String>();
        var current = "";
        for (var line : text.lines().toList()) {
            var words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                help.put(words[2], words.length > 3 ? words[3] : "");
            } else if (line.startsWith("# TYPE ")) {
                current = words[2];
                families.put(
                        current,
                        new Family(
                                current,
                                words[3],
                                help.getOrDefault(current, ""),
                                new TreeSet<>()));
            } else {
                var sample = SAMPLE.matcher(line);
                if (sample.matches()) {
                    var labels = Objects.requireNonNull(families.get(current)).labels;
                    LABEL.matcher(sample.group(1))
                            .results()
                            .forEach(label -> labels.add(label.group(1)));
                }
            }
        }
        return families.values();
    }

    private static Counters counters(long requests) {
        var buckets = new ArrayList<>(Latency.NONE.counts());
        buckets.set(50, requests);
        return new Counters(
                NOW,
                new Version(1, 1, 1),
                Map.of(
                        1L,
                        new OfInstance(
                                "shop",
                                1,
                                true,
                                1,
                                requests,
                                List.of(0L, requests, 0L, 0L, 0L),
                                0,
                                0,
                                0,
                                new Latency(buckets))));
    }

    private static final class Seen implements GaugeSource {
        @Override
        public Optional<Duration> certificatesValidFor() {
            return Optional.of(Duration.ofDays(60));
        }

        @Override
        public boolean leads() {
            return true;
        }

        @Override
        public Optional<Snapshot> view() {
            var text =
                    """
                    apiVersion: v1
                    kind: App
                    metadata: {name: shop}
                    spec: {image: shop, ports: [{containerPort: 8080}]}
                    """;
            var spec = ((Understood) new SpecReader(Allowance.NOTHING).read(text)).spec();
            var app = Fixtures.app(spec, 2);
            var leader = new Leader("controller-1", "http://a", new Term(1, new UUID(0, 1)), NOW);
            return Optional.of(
                    Snapshot.of(
                            new ClusterState(
                                    1,
                                    7,
                                    leader,
                                    List.of(app),
                                    Map.of(),
                                    List.of(),
                                    List.of(),
                                    Map.of(),
                                    List.of(),
                                    Map.of(),
                                    Map.of(),
                                    List.of())));
        }

        @Override
        public Duration feedSilence() {
            return Duration.ofSeconds(1);
        }

        @Override
        public Optional<Decision> decision(App app) {
            var inputs =
                    new Decision.Inputs(
                            2,
                            Duration.ZERO,
                            Duration.ZERO,
                            true,
                            false,
                            false,
                            null,
                            null,
                            null,
                            null);
            return Optional.of(
                    new Decision(
                            NOW,
                            Decision.Outcome.HOLD,
                            2,
                            2,
                            3,
                            "keeps 2 instances",
                            List.of(),
                            List.of(),
                            inputs));
        }

        @Override
        public int controllers() {
            return 3;
        }

        @Override
        public int maxInstances() {
            return 16_384;
        }

        @Override
        public long eventBytes() {
            return 1L << 20;
        }

        @Override
        public long revisionBytes() {
            return 1L << 20;
        }

        @Override
        public long auditBytes() {
            return 1L << 20;
        }

        @Override
        public long historyLimit() {
            return 1L << 30;
        }

        @Override
        public List<Replica> replicas() {
            return List.of(new Replica("replica", "streaming", 0L));
        }

        @Override
        public int streams(StreamKind kind) {
            return 1;
        }

        @Override
        public long streamsRefused(StreamKind kind) {
            return 0;
        }

        @Override
        public long streamsCut() {
            return 0;
        }

        @Override
        public boolean firewallMissing() {
            return false;
        }

        @Override
        public Map<String, Boolean> frontDoors() {
            return Map.of("127.0.0.1:80", true);
        }

        @Override
        public Map<String, Boolean> proxies() {
            return Map.of("autoserve-nginx-2", true);
        }

        @Override
        public long healthChecksUnjudged() {
            return 0;
        }

        @Override
        public WriteLoad writes() {
            return new WriteLoad(1, 0, 0, 0, 0);
        }
    }
}
