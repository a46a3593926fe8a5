import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;

/**
 * Sends writes at a steady rate, whether or not the platform keeps up. For each kind of response,
 * prints the number of responses and how long they took. Each write restarts an app with zero
 * instances, which creates an event. The events therefore show whether the platform did every write
 * that it accepted, and none that it refused.
 *
 * <p>{@code java Overload.java API SECONDS WRITES-PER-SECOND}
 */
final class Overload {
    private static final int APPS = 20;
    private static final String AUTHORIZATION = "Bearer " + System.getenv().getOrDefault("AUTOSERVE_TOKEN", "");

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Collection<Answer> answers = new ConcurrentLinkedQueue<>();

    private record Answer(String kind, long millis) {}

    public static void main(String[] args) throws Exception {
        new Overload().run(args[0], Integer.parseInt(args[1]), Double.parseDouble(args[2]));
    }

    private void run(String api, int seconds, double rate) throws Exception {
        for (var app = 0; app < APPS; app++) {
            register(api, app);
        }
        var before = restarts(api);
        write(api, seconds, rate);
        var done = restarts(api) - before;
        var accepted = answers.stream().filter(answer -> answer.kind.equals("202")).count();
        // writes with any other response may have been done or not
        var unknown = answers.stream().filter(answer -> !answer.kind.matches("202|503 busy")).count();
        var kinds = new TreeMap<String, Collection<Answer>>();
        answers.forEach(it -> kinds.computeIfAbsent(it.kind, _ -> new ConcurrentLinkedQueue<>()).add(it));
        System.out.printf("%d writes/s for %d s: %d sent, %d done%n", (int) rate, seconds, answers.size(), done);
        kinds.forEach(Overload::print);
        var right = accepted <= done && done <= accepted + unknown;
        System.out.println(right ? "every accepted write was done, and no refused write was" : "WRONG: the events do not agree with the answers");
        System.exit(right && unknown == 0 ? 0 : 1);
    }

    private void write(String api, int seconds, double rate) {
        var end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        try (var writes = Executors.newVirtualThreadPerTaskExecutor()) {
            Pace.keep(rate, () -> end, (number, _) -> {
                var write = request(api + path(number % APPS) + "/restart").POST(BodyPublishers.noBody()).build();
                writes.submit(() -> send(write));
            });
        }
    }

    private void send(HttpRequest write) {
        var began = System.nanoTime();
        String kind;
        try {
            var answer = http.send(write, BodyHandlers.ofString());
            kind = answer.statusCode() + (answer.body().contains(":problem:busy") ? " busy" : "");
        } catch (IOException | InterruptedException e) {
            kind = e.getClass().getSimpleName();
        }
        answers.add(new Answer(kind, (System.nanoTime() - began) / 1_000_000));
    }

    private static void print(String kind, Collection<Answer> answers) {
        var millis = answers.stream().mapToLong(Answer::millis).sorted().toArray();
        System.out.printf("%6d x %-20s median %5d ms, p99 %5d ms, worst %5d ms%n", millis.length, kind,
                millis[millis.length / 2], millis[millis.length * 99 / 100], millis[millis.length - 1]);
    }

    private void register(String api, int app) throws Exception {
        var spec =
                """
                {"apiVersion": "v1", "kind": "App", "metadata": {"name": "load-%d"},
                 "spec": {"image": "none", "ports": [{"containerPort": 80}]}, "scaling": {"mode": "manual", "minReplicas": 0}}
                """
                        .formatted(app);
        var answer = http.send(
                request(api + path(app)).header("Content-Type", "application/json").PUT(BodyPublishers.ofString(spec)).build(),
                BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(answer.body());
        }
    }

    /** Returns the number of restarts of all apps. It counts at most 1,000 restarts of each app. */
    private long restarts(String api) throws Exception {
        var count = 0L;
        for (var app = 0; app < APPS; app++) {
            var query = api + "/api/v1/events?type=AppRestarted&limit=1000&app=load-" + app;
            count += http.send(request(query).build(), BodyHandlers.ofString()).body().split("\"seq\"", -1).length - 1;
        }
        return count;
    }

    private static String path(int app) {
        return "/api/v1/apps/load-" + app;
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", AUTHORIZATION);
    }
}
