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
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Prints what one controller answers per second to GET app status, asked with a token, beside a
 * hello-world JSON route of Vert.x in the same run. Bars: 20,000 per second, and 60 % of
 * hello-world.
 */
final class StatusLoad {
    private static final int CONNECTIONS = 16;
    private static final int SECONDS = 4;

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
            for (var round = 0; round < 4; round++) {
                var floor = measure(hello.actualPort(), "/hello", "");
                var status = measure(api.port(), "/api/v1/apps/shop", token);
                System.out.printf(
                        "hello %s, app status %s: %.0f %% of its rate, %.0f %% by processor time%n",
                        floor,
                        status,
                        100 * status.perSecond / floor.perSecond,
                        100 * floor.micros / status.micros);
            }
        }
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    /**
     * @param micros that event loops spend on each, which a busy machine does not change
     */
    private record Figure(double perSecond, double micros) {
        @Override
        public String toString() {
            return "%,.0f/s at %.1f µs".formatted(perSecond, micros);
        }
    }

    private static long processorNanos() {
        var threads = ManagementFactory.getThreadMXBean();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("vert.x-eventloop"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.threadId()))
                .sum();
    }

    /** One request at a time on each of 16 kept-alive connections. */
    private static Figure measure(int port, String path, String token) throws InterruptedException {
        var request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n"
                        .formatted(path, token)
                        .getBytes(UTF_8);
        var answers = new LongAdder();
        var before = processorNanos();
        var until = System.nanoTime() + SECONDS * 1_000_000_000L;
        var clients = new Thread[CONNECTIONS];
        for (var i = 0; i < CONNECTIONS; i++) {
            clients[i] = Thread.ofPlatform().start(() -> ask(port, request, until, answers));
        }
        for (var client : clients) {
            client.join();
        }
        var spent = processorNanos() - before;
        return new Figure((double) answers.sum() / SECONDS, spent / 1000.0 / answers.sum());
    }

    private static void ask(int port, byte[] request, long until, LongAdder answers) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var in = socket.getInputStream();
            var part = new byte[1 << 16];
            while (System.nanoTime() < until) {
                socket.getOutputStream().write(request);
                for (var open = 1; open > 0; ) {
                    var n = in.read(part);
                    for (var i = 0; i < n - 3; i++) {
                        if (part[i] == 'H'
                                && part[i + 1] == 'T'
                                && part[i + 2] == 'T'
                                && part[i + 3] == 'P') {
                            open--;
                            answers.increment();
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
