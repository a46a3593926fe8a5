import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Sends requests at steady rates, and prints how many of them failed. Requests to apps go through
 * nginx, and requests to the API through its load balancer. Half of the API requests are writes.
 *
 * <p>A request failed if its status is not 2xx, if its connection could not be opened or broke, or if
 * its response did not begin within 60 s. It also failed if it was not sent because no connection was
 * free for 60 s. The slowest time counts from when the request was due, so it includes the wait for a
 * connection and the delays of this program.
 *
 * <p>Each writer has one app without instances, and changes the spec of this app. It waits for each
 * response before its next write. Each change adds one to the app's revision, so at the end the
 * revision shows whether an acknowledged write was lost, or a write was done twice.
 *
 * <p>{@code java SteadyLoad.java API APPS SECONDS [APP-RATE [API-RATE]]}. If SECONDS is 0, it runs
 * until its input ends.
 */
final class SteadyLoad {
    private static final int WRITERS = 10;

    /** To nginx, and as many to the load balancer. */
    private static final int CONNECTIONS = 200;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String AUTHORIZATION = "Bearer " + System.getenv().getOrDefault("AUTOSERVE_TOKEN", "");
    private static final Pattern REVISION = Pattern.compile("\"revision\":(\\d+)");

    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
    private final String api;
    private final String apps;
    private volatile long end;

    private SteadyLoad(String api, String apps, int seconds) {
        this.api = api;
        this.apps = apps;
        this.end = System.nanoTime() + (seconds == 0 ? Duration.ofDays(1) : Duration.ofSeconds(seconds)).toNanos();
        if (seconds == 0) {
            Thread.ofPlatform().daemon().start(this::endWithInput);
        }
    }

    private void endWithInput() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // An input that cannot be read counts as ended.
        }
        end = System.nanoTime();
    }

    public static void main(String[] args) throws Exception {
        var load = new SteadyLoad(args[0], args[1], Integer.parseInt(args[2]));
        var appRate = args.length > 3 ? Integer.parseInt(args[3]) : 500;
        var apiRate = args.length > 4 ? Integer.parseInt(args[4]) : 100;
        System.exit(load.run(appRate, apiRate) ? 0 : 1);
    }

    private boolean run(int appRate, int apiRate) throws Exception {
        var toNginx = new Connections(http, CONNECTIONS, PATIENCE);
        var toBalancer = new Connections(http, CONNECTIONS, PATIENCE);
        var toApps = new Tally("app requests", toNginx);
        var reads = new Tally("API reads", toBalancer);
        var writes = new Tally("API writes", toBalancer);
        var writers = new ArrayList<Writer>();
        for (var i = 0; i < WRITERS; i++) {
            writers.add(new Writer("load-%d".formatted(i), writes));
        }
        System.out.println("steady");
        try (var requests = Executors.newVirtualThreadPerTaskExecutor();
                var clocks = Executors.newVirtualThreadPerTaskExecutor()) { // closed first
            var toApp = get(apps);
            var read = asked("/api/v1/apps/load-0");
            clocks.execute(() -> Pace.keep(appRate, () -> end,
                    (_, due) -> requests.execute(() -> toApps.count(toApp, due))));
            clocks.execute(() -> Pace.keep(apiRate / 2.0, () -> end,
                    (_, due) -> requests.execute(() -> reads.count(read, due))));
            for (var writer : writers) {
                clocks.execute(() -> Pace.keep(apiRate / 2.0 / WRITERS, () -> end, (_, due) -> writer.write(due)));
            }
        }
        toApps.print();
        reads.print();
        writes.print();
        print("nginx", toNginx);
        print("the load balancer", toBalancer);
        var asItShouldBe = true;
        for (var writer : writers) {
            asItShouldBe &= writer.judge();
        }
        return asItShouldBe && toApps.failed() + reads.failed() + writes.failed() == 0;
    }

    private static void print(String target, Connections connections) {
        if (connections.waited() > 0) {
            System.out.printf("%d requests to %s waited, because all %d connections were busy%n",
                    connections.waited(), target, CONNECTIONS);
        }
    }

    private HttpRequest get(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
    }

    private HttpRequest asked(String path) {
        return HttpRequest.newBuilder(URI.create(api + path))
                .timeout(PATIENCE)
                .header("Authorization", AUTHORIZATION)
                .build();
    }

    /** Counts the requests of one kind and their failures. */
    private static final class Tally {
        final String kind;
        final Connections connections;
        final AtomicInteger sent = new AtomicInteger();
        final AtomicLong slowest = new AtomicLong();
        final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();

        Tally(String kind, Connections connections) {
            this.kind = kind;
            this.connections = connections;
        }

        /**
         * Returns the body of the response, or null if the request failed.
         *
         * @param due when the request was due, as {@link System#nanoTime} counts
         */
        String count(HttpRequest request, long due) {
            sent.incrementAndGet();
            var failure = "";
            try {
                var answer = connections.send(request);
                if (answer.statusCode() < 300) {
                    return answer.body();
                }
                failure = answer.statusCode() + " " + answer.body();
            } catch (IOException | InterruptedException e) {
                failure = e.toString();
            } finally {
                slowest.accumulateAndGet(System.nanoTime() - due, Math::max);
            }
            var kinds = failure.replaceAll("[0-9a-f]{16,}", "…");
            failures.computeIfAbsent(kinds, _ -> new AtomicInteger()).incrementAndGet();
            return null;
        }

        int failed() {
            return failures.values().stream().mapToInt(AtomicInteger::get).sum();
        }

        void print() {
            System.out.printf(
                    "%-13s %6d sent, %d failed, slowest %.2f s%n", kind, sent.get(), failed(), slowest.get() / 1e9);
            failures.forEach((failure, times) -> System.out.printf("    %d × %s%n", times.get(), failure));
        }
    }

    private final class Writer {
        final String app;
        final Tally tally;
        int acknowledged;
        int refused;
        final int before;

        Writer(String app, Tally tally) throws Exception {
            this.app = app;
            this.tally = tally;
            this.before = revision(http.send(put("start"), BodyHandlers.ofString()).body());
        }

        void write(long due) {
            if (tally.count(put(Integer.toString(acknowledged + refused)), due) == null) {
                refused++;
            } else {
                acknowledged++;
            }
        }

        /**
         * Returns whether each acknowledged write was done exactly once. A write that failed may
         * have been done once or not at all.
         */
        boolean judge() throws Exception {
            var answer = http.send(asked("/api/v1/apps/" + app), BodyHandlers.ofString());
            var done = revision(answer.body()) - before;
            var right = done >= acknowledged && done <= acknowledged + refused;
            System.out.printf(
                    "%-13s %6d acknowledged, %d done%s%n", app, acknowledged, done, right ? "" : "  <-- WRONG");
            return right;
        }

        private int revision(String body) {
            var found = REVISION.matcher(body);
            if (!found.find()) {
                throw new IllegalStateException("no revision in " + body);
            }
            return Integer.parseInt(found.group(1));
        }

        private HttpRequest put(String number) {
            var spec =
                    """
                    {"apiVersion": "v1", "kind": "App", "metadata": {"name": "%s", "annotations": {"write": "%s"}},
                     "spec": {"image": "localhost/autoserve-demo", "ports": [{"containerPort": 8080}]},
                     "scaling": {"mode": "manual", "minReplicas": 0}}
                    """
                            .formatted(app, number);
            return HttpRequest.newBuilder(URI.create(api + "/api/v1/apps/" + app))
                    .timeout(PATIENCE)
                    .header("Content-Type", "application/json")
                    .header("Authorization", AUTHORIZATION)
                    .PUT(BodyPublishers.ofString(spec))
                    .build();
        }
    }
}
