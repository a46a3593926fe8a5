package io.autoserve.endtoend;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Simulates a controller for its load balancer. A test sets whether the controller is ready and
 * whether it leads. It answers requests with its name.
 */
final class ToyController implements AutoCloseable {
    final String name;
    final Queue<HttpServerRequest> asked = new ConcurrentLinkedQueue<>();
    final AtomicInteger probes = new AtomicInteger();
    volatile boolean leads;
    volatile boolean ready = true;

    /** Whether the controller breaks every connection on which it gets a request. */
    volatile boolean dying;

    /** Whether the controller has more requests than it can handle. */
    volatile boolean busy;

    private final HttpServer server;

    ToyController(Vertx vertx, String name) {
        this.name = name;
        this.server =
                vertx.createHttpServer().requestHandler(this::handle).listen(0, "0.0.0.0").await();
    }

    int port() {
        return server.actualPort();
    }

    private void handle(HttpServerRequest request) {
        if (request.uri().equals("/health/ready")) {
            probes.incrementAndGet();
            var role = leads ? "leader" : "follower";
            request.response()
                    .setStatusCode(ready ? 200 : 503)
                    .end("{\"status\":\"ready\",\"role\":\"%s\"}".formatted(role));
            return;
        }
        asked.add(request);
        if (dying) {
            request.connection().close();
        } else if (busy) {
            request.response().setStatusCode(503).putHeader("X-Autoserve-Busy", "true").end(name);
        } else if (request.uri().equals("/api/v1/events/stream")) {
            request.response().setChunked(true).write("id: 1\n\n"); // and sends nothing more
        } else {
            request.response().end(name);
        }
    }

    @Override
    public void close() {
        server.close().await();
    }
}
