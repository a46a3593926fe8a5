package io.autoserve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Measures how many requests for the status of an app one controller answers per second, and how
 * long each takes. The requests have a token. For comparison, each round first measures a
 * hello-world JSON route of Vert.x. Prints the results of each round. Fails if the median rate of
 * the rounds after the first is below 20,000 requests per second or below 60 % of the rate of
 * hello-world.
 */
final class StatusLoad {
    private static final int CONNECTIONS = 16;
    private static final int SECONDS = 4;
    private static final int LONGEST_MICROS = 1_000_000;
    private static final int ROUNDS = 4;
    private static final double LEAST_PER_SECOND = 20_000;
    private static final double LEAST_PERCENT = 60;

    private StatusLoad() {}

    public static void main(String[] args) throws Exception {
        var vertx = Vertx.vertx();
        var router = Router.router(vertx);
        router.get("/hello").handler(c -> c.json(new JsonObject().put("message", "hello")));
        var hello =
                vertx.createHttpServer()
                        .requestHandler(router)
                        .listen(0)
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get();
        try (var server = new TokenServer()) {
            var api = server.api;
            var token = server.give("load", Role.DEPLOYER, new Scope(List.of("shop*")));
            api.send(
                    "POST",
                    "/api/v1/apps",
                    "application/yaml",
                    Served.spec("shop", "shop:1"),
                    "Authorization",
                    "Bearer " + token);
            for (var i = 0; i < 3; i++) {
                api.run("shop", i, Health.READY);
            }
            var rounds = new ArrayList<Round>();
            for (var round = 0; round < ROUNDS; round++) {
                var floor = measure(hello.actualPort(), "/hello", "");
                var status = measure(api.port(), "/api/v1/apps/shop", token);
                System.out.printf(
                        "hello %s, app status %s: %.0f %% of hello, %.0f %% by processor time%n",
                        floor,
                        status,
                        100 * status.perSecond / floor.perSecond,
                        100 * floor.micros / status.micros);
                rounds.add(new Round(status.perSecond, 100 * status.perSecond / floor.perSecond));
            }
            judge(rounds.subList(1, ROUNDS));
        }
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    /**
     * @param percent the rate in percent of the rate of hello-world
     */
    private record Round(double perSecond, double percent) {}

    private static void judge(List<Round> warm) {
        var perSecond = middle(warm, Round::perSecond);
        var percent = middle(warm, Round::percent);
        if (perSecond < LEAST_PER_SECOND || percent < LEAST_PERCENT) {
            System.err.printf(
                    "too slow: %,.0f/s and %.0f %%, should be %,.0f/s and %.0f %%%n",
                    perSecond, percent, LEAST_PER_SECOND, LEAST_PERCENT);
            System.exit(1);
        }
    }

    private static double middle(List<Round> rounds, ToDoubleFunction<Round> figure) {
        return rounds.stream().mapToDouble(figure).sorted().toArray()[rounds.size() / 2];
    }

    /**
     * @param micros the processor time that the event loops spend on each request; other load on
     *     the machine does not change it
     */
    private record Figure(double perSecond, double micros, double p99Millis) {
        @Override
        public String toString() {
            return "%,.0f/s at %.1f µs, p99 %.2f ms".formatted(perSecond, micros, p99Millis);
        }
    }

    private static long processorNanos() {
        var threads = ManagementFactory.getThreadMXBean();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("vert.x-eventloop"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.threadId()))
                .sum();
    }

    /** Sends requests over 16 kept-alive connections. Each connection has one request at a time. */
    private static Figure measure(int port, String path, String token) throws InterruptedException {
        var request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
                        .formatted(path, token)
                        .getBytes(UTF_8);
        var waits = new AtomicIntegerArray(LONGEST_MICROS);
        var before = processorNanos();
        var until = System.nanoTime() + SECONDS * 1_000_000_000L;
        var clients = new Thread[CONNECTIONS];
        for (var i = 0; i < CONNECTIONS; i++) {
            clients[i] = Thread.ofPlatform().start(() -> ask(port, request, until, waits));
        }
        for (var client : clients) {
            client.join();
        }
        var spent = processorNanos() - before;
        var answers = IntStream.range(0, LONGEST_MICROS).mapToLong(waits::get).sum();
        return new Figure(
                (double) answers / SECONDS,
                spent / 1000.0 / answers,
                part(waits, answers * 99 / 100) / 1000.0);
    }

    /**
     * Returns the smallest latency, in microseconds, that {@code answers} of the requests did not
     * exceed.
     */
    private static int part(AtomicIntegerArray waits, long answers) {
        var micros = 0;
        for (var rest = answers; rest > waits.get(micros); micros++) {
            rest -= waits.get(micros);
        }
        return micros;
    }

    private static void ask(int port, byte[] request, long until, AtomicIntegerArray waits) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var in = socket.getInputStream();
            var part = new byte[1 << 16];
            while (System.nanoTime() < until) {
                var asked = System.nanoTime();
                socket.getOutputStream().write(request);
                for (var open = 1; open > 0; ) {
                    var n = in.read(part);
                    for (var i = 0; i < n - 3; i++) {
                        if (part[i] == 'H'
                                && part[i + 1] == 'T'
                                && part[i + 2] == 'T'
                                && part[i + 3] == 'P') {
                            open--;
                            var micros = (System.nanoTime() - asked) / 1000;
                            waits.incrementAndGet((int) Math.min(LONGEST_MICROS - 1, micros));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
