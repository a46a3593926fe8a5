import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends GET requests at a steady rate, without waiting for the responses. It prints "steady" when
 * it begins, and stops when its input ends. Then it prints how many requests it sent, how many
 * failed, and the median, the 99th percentile and the worst time in milliseconds. A request that
 * failed counts as ten seconds.
 *
 * <p>{@code java Probe.java URI RATE}
 */
final class Probe {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int WARM_UP = 20; // requests
    private static final String AUTHORIZATION = "Bearer " + System.getenv().getOrDefault("AUTOSERVE_TOKEN", "");

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ConcurrentLinkedQueue<Long> millis = new ConcurrentLinkedQueue<>();
    private final AtomicInteger failed = new AtomicInteger();
    private final HttpRequest request;
    private volatile long end = Long.MAX_VALUE;

    private Probe(String uri) {
        request = HttpRequest.newBuilder(URI.create(uri)).timeout(PATIENCE).header("Authorization", AUTHORIZATION).build();
    }

    public static void main(String[] args) throws Exception {
        new Probe(args[0]).run(Double.parseDouble(args[1]));
    }

    private void run(double rate) throws IOException {
        for (var i = 0; i < WARM_UP; i++) {
            ask();
        }
        millis.clear();
        failed.set(0);
        System.out.println("steady");
        Thread.startVirtualThread(this::awaitEndOfInput);
        try (var requests = Executors.newVirtualThreadPerTaskExecutor()) {
            Pace.keep(rate, () -> end, (_, _) -> requests.submit(this::ask));
        }
        var sorted = millis.stream().sorted().toList();
        System.out.printf("%d %d %d %d %d%n", sorted.size(), failed.get(), at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1));
    }

    private void ask() {
        var begin = System.nanoTime();
        try {
            if (http.send(request, BodyHandlers.discarding()).statusCode() == 200) {
                millis.add(Duration.ofNanos(System.nanoTime() - begin).toMillis());
                return;
            }
        } catch (IOException | InterruptedException e) {
            // Counted below as failed, like a response with a status other than 200.
        }
        failed.incrementAndGet();
        millis.add(PATIENCE.toMillis());
    }

    private void awaitEndOfInput() {
        try {
            System.in.readAllBytes();
        } catch (IOException e) {
            // An input that cannot be read counts as ended.
        }
        end = System.nanoTime();
    }

    private static long at(List<Long> sorted, double part) {
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size()));
    }
}
