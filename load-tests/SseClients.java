import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Connects many clients to one controller's stream of events, and writes at a steady rate. For each
 * event, measures the time from its timestamp until the last client has received it. The database
 * sets the timestamp just before the commit. Measures twice: first with only these clients, then
 * with additional clients that never read their streams.
 *
 * <p>{@code java SseClients.java API CONTROLLER CLIENTS STALLED SECONDS EVENTS-PER-SECOND}
 */
final class SseClients {
    private static final Pattern AT = Pattern.compile("\"at\":\"([^\"]+)\"");
    private static final Pattern SEQ = Pattern.compile("\"seq\":(\\d+)");
    private static final double BAR_MILLIS = 250;

    /** Maximum heap for each client that reads its events: the buffers of its connection. */
    private static final long READER_BYTES = 48 << 10;

    /** Maximum heap for each client that never reads: 1 MiB of unread events, and 1 MiB more. */
    private static final long STALLED_BYTES = 2 << 20;

    /** Maximum heap of a controller without clients, including uncollected garbage. */
    private static final long ALONE_BYTES = 64 << 20;

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String api;
    private final URI controller;
    private final int clients;
    private final CountDownLatch reading;
    private final Map<Long, Delivery> deliveries = new ConcurrentHashMap<>();
    private final AtomicInteger lost = new AtomicInteger();
    private double leastHeap = Double.MAX_VALUE;
    private int written;

    private static final class Delivery {
        final AtomicInteger clients = new AtomicInteger();
        final AtomicLong lastMicros = new AtomicLong();
    }

    private SseClients(String api, String controller, int clients) {
        this.api = api;
        this.controller = URI.create(controller);
        this.clients = clients;
        this.reading = new CountDownLatch(clients);
    }

    public static void main(String[] args) throws Exception {
        var seconds = Integer.parseInt(args[4]);
        var rate = Integer.parseInt(args[5]);
        var test = new SseClients(args[0], args[1], Integer.parseInt(args[2]));
        System.exit(test.run(Integer.parseInt(args[3]), seconds, rate) ? 0 : 1);
    }

    private boolean run(int stalled, int seconds, int rate) throws Exception {
        System.out.println("before: " + memory());
        for (var i = 0; i < clients; i++) {
            Thread.startVirtualThread(this::read);
            Thread.sleep(1); // the kernel's queue of new connections is short
        }
        reading.await();
        System.out.printf("%,d clients read: %s%n", clients, memory());
        write(3, rate);
        deliveries.clear();
        write(seconds, rate);
        var without = report("all read");
        for (var i = 0; i < stalled; i++) {
            stall();
        }
        deliveries.clear();
        leastHeap = Double.MAX_VALUE;
        write(seconds, rate);
        var with = report(stalled + " more do not read");
        System.out.println("after: " + memory());
        return without && with && bounded(stalled) && lost.get() == 0;
    }

    /**
     * Returns whether the heap stayed within its limit. Uses the lowest heap that was measured
     * while all clients were connected. That figure is closest to what a garbage collection leaves.
     */
    private boolean bounded(int stalled) {
        var bound = ALONE_BYTES + clients * READER_BYTES + stalled * STALLED_BYTES;
        System.out.printf("lowest heap in use with all clients: %.0f MiB (limit: %.0f MiB)%n", leastHeap / (1 << 20), bound / (double) (1 << 20));
        return leastHeap <= bound;
    }

    private void write(int seconds, int rate) throws Exception {
        for (var i = 0; i < seconds * rate; i++) {
            LockSupport.parkNanos(1_000_000_000L / rate);
            put();
            if (i % rate == 0) {
                memory();
            }
        }
        Thread.sleep(1000); // until the last writes have become events
        for (var tries = 0; tries < 100 && !allArrived(); tries++) {
            Thread.sleep(100);
        }
    }

    private boolean allArrived() {
        return deliveries.values().stream().allMatch(delivery -> delivery.clients.get() == clients);
    }

    private boolean report(String what) {
        var all = deliveries.values().stream()
                .filter(delivery -> delivery.clients.get() == clients)
                .mapToLong(delivery -> delivery.lastMicros.get())
                .sorted()
                .toArray();
        var p99 = at(all, 0.99);
        System.out.printf(
                "%s: %d of %d events reached all %,d clients, after %.0f ms (median), %.0f ms (p99), %.0f ms (worst); %d streams ended%n",
                what, all.length, deliveries.size(), clients, at(all, 0.5), p99, at(all, 1), lost.get());
        return all.length > 0 && all.length == deliveries.size() && p99 <= BAR_MILLIS;
    }

    private static double at(long[] sorted, double part) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, part * sorted.length)] / 1000.0;
    }

    private void read() {
        try (var socket = open()) {
            var in = new BufferedInputStream(socket.getInputStream(), 4096);
            var line = new StringBuilder();
            for (var c = in.read(); c >= 0; c = in.read()) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                if (line.indexOf("data: {") == 0) {
                    received(line.toString());
                } else if (line.indexOf(": these are the events") == 0) {
                    reading.countDown();
                }
                line.setLength(0);
            }
            lost.incrementAndGet();
        } catch (IOException e) {
            lost.incrementAndGet();
        }
    }

    private void received(String data) {
        var now = Instant.now();
        var at = AT.matcher(data);
        var seq = SEQ.matcher(data);
        if (at.find() && seq.find()) {
            var delivery = deliveries.computeIfAbsent(Long.parseLong(seq.group(1)), _ -> new Delivery());
            var micros = Duration.between(Instant.parse(at.group(1)), now).toNanos() / 1000;
            delivery.lastMicros.accumulateAndGet(micros, Math::max);
            delivery.clients.incrementAndGet();
        }
    }

    /**
     * Requests the stream but never reads from it. The events first fill the kernel's socket
     * buffers and then pile up in the controller.
     */
    @SuppressWarnings("resource")
    private void stall() throws IOException {
        open();
    }

    private Socket open() throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(8192);
        socket.connect(new java.net.InetSocketAddress(controller.getHost(), controller.getPort()));
        socket.getOutputStream()
                .write("GET /api/v1/events/stream HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(controller.getAuthority(), token("Authorization: Bearer %s\r\n"))
                        .getBytes(UTF_8));
        return socket;
    }

    private static String token(String format) {
        var token = System.getenv("AUTOSERVE_TOKEN");
        return token == null || token.isEmpty() ? "" : format.formatted(token);
    }

    private void put() {
        var app = "sse-" + written % 20;
        var spec =
                """
                {"apiVersion": "v1", "kind": "App", "metadata": {"name": "%s", "annotations": {"write": "%d"}},
                 "spec": {"image": "none", "ports": [{"containerPort": 80}]}, "scaling": {"mode": "manual", "minReplicas": 0}}
                """
                        .formatted(app, written++);
        var request = request(api + "/api/v1/apps/" + app)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(spec))
                .build();
        var _ = http.sendAsync(request, BodyHandlers.discarding());
    }

    /**
     * Returns the heap in use and the metrics of the streams, as the controller reports them at
     * {@code /metrics}. Also records the lowest heap.
     */
    private String memory() throws Exception {
        var text = http.send(request(controller + "/metrics").build(), BodyHandlers.ofString()).body();
        double heap = text.lines()
                .filter(line -> line.startsWith("jvm_memory_used_bytes{area=\"heap\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
        leastHeap = Math.min(leastHeap, heap);
        var streams = text.lines().filter(line -> line.startsWith("autoserve_streams")).toList();
        return "%.0f MiB of heap in use, %s".formatted(heap / (1 << 20), String.join(", ", streams));
    }

    private static HttpRequest.Builder request(String address) {
        var request = HttpRequest.newBuilder(URI.create(address)).timeout(Duration.ofSeconds(10));
        var token = token("Bearer %s");
        return token.isEmpty() ? request : request.header("Authorization", token);
    }
}
