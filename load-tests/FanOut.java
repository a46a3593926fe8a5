import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * Writes at a steady rate while clients of every controller read the stream of events. Each write
 * creates one event. For each event and client, measures the time from the event's timestamp until
 * the client has received the event. The database sets the timestamp just before the commit. The
 * writes alternately stop and start apps with zero instances, so that no work on containers
 * disturbs the measurement.
 *
 * <p>{@code java FanOut.java API CONTROLLER,… SECONDS EVENTS-PER-SECOND CLIENTS-PER-CONTROLLER}
 */
final class FanOut {
    private static final int APPS = 20;
    /** At each of three rates. After that, Java's compiler needs no processor time. */
    private static final int WARM_UP_SECONDS = 20;

    private static final String AUTHORIZATION = "Bearer " + System.getenv().getOrDefault("AUTOSERVE_TOKEN", "");
    private static final Pattern AT = Pattern.compile("\"at\":\"([^\"]+)\"");

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger failed = new AtomicInteger();
    private final ConcurrentSkipListMap<String, AtomicInteger> failures = new ConcurrentSkipListMap<>();
    private volatile boolean counting;

    public static void main(String[] args) throws Exception {
        new FanOut().run(args[0], args[1].split(","), Integer.parseInt(args[2]), Double.parseDouble(args[3]),
                Integer.parseInt(args[4]));
    }

    private void run(String api, String[] controllers, int seconds, double rate, int clients) throws Exception {
        var readers = new ArrayList<Reader>();
        for (var controller : controllers) {
            for (var i = 0; i < clients; i++) {
                var reader = new Reader(controller);
                readers.add(reader);
                Thread.startVirtualThread(reader);
            }
        }
        for (var app = 0; app < APPS; app++) {
            send(register(api, app));
        }
        for (var part : new double[] {0.25, 0.5, 1}) {
            write(api, WARM_UP_SECONDS, part * rate);
        }
        counting = true;
        write(api, seconds, rate);
        Thread.sleep(1000); // until the last events have arrived
        System.out.printf("%d events/s for %d s, %d clients of each controller, %d writes failed%n", (int) rate, seconds,
                clients, failed.get());
        for (var controller : controllers) {
            print(controller, readers.stream().filter(reader -> reader.controller.equals(controller)).toList());
        }
        print("all", readers);
        failures.forEach((what, times) -> System.out.println(times + " x " + what));
        System.exit(failed.get() == 0 ? 0 : 1);
    }

    private void write(String api, int seconds, double rate) {
        var end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        try (var writes = Executors.newVirtualThreadPerTaskExecutor()) {
            Pace.keep(rate, () -> end, (number, _) -> {
                var write = toggle(api, number % APPS, number / APPS % 2 == 0 ? "stop" : "start");
                writes.submit(() -> send(write));
            });
        }
    }

    private void send(HttpRequest write) {
        try {
            var answer = http.send(write, BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                fail(answer.statusCode() + " " + answer.body());
            }
        } catch (IOException | InterruptedException e) {
            fail(e.toString());
        }
    }

    private void fail(String what) {
        failed.incrementAndGet();
        failures.computeIfAbsent(what, _ -> new AtomicInteger()).incrementAndGet();
    }

    private static HttpRequest register(String api, int app) {
        var spec =
                """
                {"apiVersion": "v1", "kind": "App", "metadata": {"name": "fanout-%d"},
                 "spec": {"image": "none", "ports": [{"containerPort": 80}]}, "scaling": {"mode": "manual", "minReplicas": 0}}
                """
                        .formatted(app);
        return request(api + "/api/v1/apps/fanout-" + app)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(spec))
                .build();
    }

    private static HttpRequest toggle(String api, int app, String step) {
        return request(api + "/api/v1/apps/fanout-" + app + "/" + step).POST(BodyPublishers.noBody()).build();
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", AUTHORIZATION);
    }

    private static void print(String who, List<Reader> readers) {
        var all = readers.stream().flatMap(reader -> reader.micros.stream()).mapToLong(Long::longValue).toArray();
        Arrays.sort(all);
        System.out.printf("%-24s %7d received, median %6.1f ms, p99 %6.1f ms, worst %6.1f ms%n", who, all.length,
                at(all, 0.5), at(all, 0.99), at(all, 1));
    }

    private static double at(long[] sorted, double part) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, part * sorted.length)] / 1000.0;
    }

    private final class Reader implements Runnable {
        final String controller;
        final ConcurrentLinkedQueue<Long> micros = new ConcurrentLinkedQueue<>();

        Reader(String controller) {
            this.controller = controller;
        }

        @Override
        public void run() {
            try {
                var stream = (HttpURLConnection) URI.create(controller + "/api/v1/events/stream").toURL().openConnection();
                stream.setRequestProperty("Authorization", AUTHORIZATION);
                var lines = new BufferedReader(new InputStreamReader(stream.getInputStream()));
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    var at = AT.matcher(line);
                    if (counting && at.find()) {
                        micros.add(Duration.between(Instant.parse(at.group(1)), Instant.now()).toNanos() / 1000);
                    }
                }
            } catch (IOException e) {
                fail(controller + " " + e);
            }
        }
    }
}
