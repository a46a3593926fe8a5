package io.autoserve.proxy;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Simulates an instance. The path decides what it does: {@code /hang} waits until a test releases
 * the request, {@code /die} closes the connection without an answer, {@code /download} sends an
 * answer that never ends, {@code /status/N} answers with the status N, and {@code /header/N} with
 * the value of the request's header N. Any other path answers with the instance's id.
 */
final class ToyInstance implements AutoCloseable {
    final long id;
    final int port;
    final AtomicInteger requests = new AtomicInteger();
    final Queue<HttpServerRequest> hanging = new ConcurrentLinkedQueue<>();
    volatile boolean dying;
    volatile boolean failing;
    private final HttpServer server;

    ToyInstance(Vertx vertx, long id) {
        this.id = id;
        this.server =
                vertx.createHttpServer()
                        .requestHandler(this::handle)
                        .webSocketHandler(
                                socket -> socket.textMessageHandler(socket::writeTextMessage))
                        .listen(0, "0.0.0.0")
                        .await();
        this.port = server.actualPort();
    }

    private void handle(HttpServerRequest request) {
        requests.incrementAndGet();
        var path = request.uri();
        if (dying || path.equals("/die")) {
            request.connection().close();
        } else if (failing) {
            request.response().setStatusCode(500).end("its own words");
        } else if (path.equals("/hang")) {
            hanging.add(request);
        } else if (path.equals("/download")) {
            request.response().setChunked(true).write("the beginning");
        } else if (path.startsWith("/status/")) {
            request.response().setStatusCode(Integer.parseInt(path.substring(8))).end();
        } else if (path.startsWith("/header/")) {
            var value = request.getHeader(path.substring(8));
            request.response().end(value == null ? "" : value);
        } else {
            if (path.startsWith("/answer?")) { // ?Name=value&Name=value: headers of the response
                for (var header : path.substring(8).split("&", -1)) {
                    var parts = header.split("=", 2);
                    request.response().headers().add(parts[0], parts[1]);
                }
            }
            request.response().end(Long.toString(id));
        }
    }

    boolean answered(Reply reply) {
        return reply.status() == 200 && reply.body().equals(Long.toString(id));
    }

    void release() {
        for (var request = hanging.poll(); request != null; request = hanging.poll()) {
            request.response().end(Long.toString(id));
        }
    }

    @Override
    public void close() {
        server.close().await();
    }
}
