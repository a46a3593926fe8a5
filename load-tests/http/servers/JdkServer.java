import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executors;

/** Answers each request with a description of what the JDK's server understood. */
final class JdkServer {
    private JdkServer() {}

    public static void main(String[] arguments) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", JdkServer::answer);
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            var headers = exchange.getRequestHeaders();
            var path = exchange.getRequestURI().getPath();
            exchange.getResponseHeaders()
                    .set(
                            "X-Seen",
                            Seen.of(
                                    exchange.getRequestMethod(),
                                    exchange.getRequestURI().toString(),
                                    headers.getFirst("Host"),
                                    headers.getOrDefault("X-Case", List.of()),
                                    body));
            switch (path) {
                case "/chunked" -> {
                    exchange.sendResponseHeaders(200, 0);
                    for (var part : List.of("one", "two", "three")) {
                        exchange.getResponseBody().write(part.getBytes(UTF_8));
                        exchange.getResponseBody().flush();
                    }
                }
                case "/empty" -> exchange.sendResponseHeaders(204, -1);
                case "/unchanged" -> {
                    exchange.getResponseHeaders().set("ETag", "\"1\"");
                    exchange.sendResponseHeaders(304, -1);
                }
                case "/never" -> Thread.sleep(3_600_000);
                default -> {
                    if (path.equals("/large")) {
                        exchange.getResponseHeaders().set("X-Large", "a".repeat(60_000));
                    }
                    if (exchange.getRequestMethod().equals("HEAD")) {
                        exchange.sendResponseHeaders(200, -1);
                    } else {
                        exchange.sendResponseHeaders(200, 2);
                        exchange.getResponseBody().write("ok".getBytes(UTF_8));
                    }
                }
            }
        } catch (IOException broken) {
            throw broken;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
