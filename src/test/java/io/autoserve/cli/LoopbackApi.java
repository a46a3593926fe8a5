package io.autoserve.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A fake controller. It answers with what the test has set, and records the requests. */
public final class LoopbackApi implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Deque<Answer>> answers = new HashMap<>();
    private final List<Request> requests = new ArrayList<>();

    public record Request(
            String method,
            String path,
            String contentType,
            String lastEventId,
            String authorization,
            String key,
            String body) {}

    private record Answer(int status, String type, String body) {}

    public LoopbackApi() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /**
     * Adds an answer to a route. The route gives its answers in the order in which they were added,
     * and repeats the last one.
     */
    public LoopbackApi answers(String route, int status, String body) {
        return answers(route, status, "application/json", body);
    }

    public LoopbackApi answers(String route, int status, String type, String body) {
        answers.computeIfAbsent(route, _ -> new ArrayDeque<>()).add(new Answer(status, type, body));
        return this;
    }

    /** Adds an answer that is given only once, before the other answers of the route. */
    public LoopbackApi inFront(String route, int status, String body) {
        answers.computeIfAbsent(route, _ -> new ArrayDeque<>())
                .addFirst(new Answer(status, "application/json", body));
        return this;
    }

    public List<Request> requests() {
        synchronized (requests) {
            return List.copyOf(requests);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().toString();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        synchronized (requests) {
            requests.add(
                    new Request(
                            exchange.getRequestMethod(),
                            path,
                            String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type")),
                            String.valueOf(exchange.getRequestHeaders().getFirst("Last-Event-ID")),
                            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                            String.valueOf(
                                    exchange.getRequestHeaders().getFirst("Idempotency-Key")),
                            body));
        }
        var answer = next(exchange.getRequestMethod() + " " + path);
        var bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        exchange.getResponseHeaders().set("Retry-After", "0");
        exchange.sendResponseHeaders(answer.status(), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Answer next(String route) {
        var queue = answers.getOrDefault(route, new ArrayDeque<>());
        var answer = queue.size() > 1 ? queue.remove() : queue.peek();
        return answer != null
                ? answer
                : new Answer(
                        404,
                        "application/problem+json",
                        """
                        {"type":"urn:autoserve:problem:not-found","title":"Not found","status":404,
                         "detail":"there is no app 'web'","instance":"urn:autoserve:request:1","errors":[]}
                        """);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
